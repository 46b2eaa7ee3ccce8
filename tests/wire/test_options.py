"""The table of options: what each accepts, and how a procedure says it."""

from __future__ import annotations

import math
import secrets
from dataclasses import fields
from typing import Any

import pytest

from text_replace_wire import options
from text_replace_wire.errors import UserError
from text_replace_wire.option import Kind, Option, Owner
from text_replace_wire.options import MAX_SEED, MAX_VARIATIONS, seeds_from
from text_replace_wire.painting import Painting


@pytest.mark.parametrize("option", options.OPTIONS, ids=lambda option: option.name)
def test_every_default_is_allowed(option: Option) -> None:
    """What is asked for where nothing is said can be asked for, and is what its procedure says for None."""
    if option.kind in (Kind.INTEGER, Kind.NUMBER):
        option.check(option.given(option.default))
        assert option.spoken(option.given(option.default)) == option.default
    if option.kind is Kind.CHOICE:
        assert option.default in [entry.value for entry in option.entries]


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        (options.STRENGTH, 0.0, "above 0 and at most 1"),
        (options.STRENGTH, 1.5, "above 0 and at most 1"),
        (options.GROW, -2.0, "from 0 to 4096"),
        (options.FEATHER, math.nan, "must be from"),
        (options.SEED, MAX_SEED + 1, "from 0 to 2147483647"),
        (options.SEED, 1.5, "a whole number"),
        (options.VARIATIONS, True, "must be a number"),
    ],
)
def test_values_out_of_range_are_refused(option: Option, value: float, words: str) -> None:
    """With the range in the sentence."""
    with pytest.raises(UserError, match=words):
        option.check(value)


def test_names_do_not_collide() -> None:
    """Names and fields are each one option's own; a painter's option is no field of a painting."""
    for kind in ("name", "field"):
        assert len({getattr(option, kind) for option in options.OPTIONS}) == len(options.OPTIONS)
    own = {option.field for option in options.OPTIONS if option.owner is Owner.PAINTER}
    assert not own & {field.name for field in fields(Painting)}
    assert options.WITH.field == "with_", "a name in Python"


def test_seeds_wrap() -> None:
    """One after the other; after the last seed comes 0."""
    assert seeds_from(5, 3) == [5, 6, 7]
    assert seeds_from(MAX_SEED, 3) == [MAX_SEED, 0, 1]


def test_a_random_seed_is_any_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the last one, which is drawn too."""
    monkeypatch.setattr(secrets, "randbelow", lambda count: count - 1)
    assert options.random_seed() == MAX_SEED


@pytest.mark.parametrize(
    ("option", "values"),
    [
        (options.STRENGTH, [1e-9, 1.0, 1, None]),
        (options.GROW, [0.0, 4096.0, 0, None]),
        (options.SEED, [0, MAX_SEED, 3.0]),
        (options.VARIATIONS, [1, MAX_VARIATIONS]),
    ],
)
def test_values_in_range_are_taken(option: Option, values: list[float | None]) -> None:
    """The first and the last of the range, whole numbers for any number, and nothing at all."""
    for value in values:
        option.check(value)


def test_a_procedure_says_none_by_a_number() -> None:
    """Where an option can be left out; where it cannot, every number is itself."""
    assert [options.GROW.given(value) for value in (-1.0, 0.0)] == [None, 0.0]
    assert [options.GROW.spoken(value) for value in (None, 0.0)] == [-1.0, 0.0]
    assert [options.VARIATIONS.given(value) for value in (1, 2)] == [1, 2]
    assert options.REPLACE.given(None) is None
    assert options.AS_LAYER_MASK.field == "as_layer_mask"


@pytest.mark.parametrize(
    "painting",
    [
        {"keep_at": 1},
        {"options": {str(number): number for number in range(64)}},
        {"options": {"text": "a" * 1000, "whole": 1, "number": 0.5, "flag": True}},
        {"grow": 0.0, "feather": 4096.0},
    ],
)
def test_paintings_that_can_be_asked_for(painting: dict[str, Any]) -> None:
    """The first step, 64 options, a thousand letters, every simple type."""
    Painting(**painting)


@pytest.mark.parametrize(
    ("painting", "words"),
    [
        ({"keep_at": 0}, "The step to keep is 0"),
        ({"options": {str(number): number for number in range(65)}}, "65 options"),
        ({"options": {"text": "a" * 1001}}, "“text” is neither"),
        ({"options": {"number": int("9" * 1001)}}, "“number” is neither"),
        ({"options": {"list": [1]}}, "“list” is neither"),
        ({"options": {"nothing": None}}, "“nothing” is neither"),
        ({"grow": -1.0}, "The growth is -1"),
        ({"feather": 4097.0}, "The feather is 4097"),
    ],
)
def test_paintings_that_are_refused(painting: dict[str, Any], words: str) -> None:
    """The first value beyond every limit, by its name."""
    with pytest.raises(UserError, match=words):
        Painting(**painting)


def test_options_of_a_painting_are_replaced_by_name() -> None:
    """The others stay, None takes one away, and the painting is otherwise the same."""
    painting = Painting("fast", 1.0, 2.0, 3, {"strength": 0.5, "cutouts": 2})
    changed = painting.with_options(strength=None, cutouts=4, tiles=False)
    assert changed == Painting("fast", 1.0, 2.0, 3, {"cutouts": 4, "tiles": False})


@pytest.mark.parametrize(
    ("grow", "feather", "reshapes", "margin"),
    [(None, None, False, 0), (0.0, 0.0, False, 0), (3.0, None, True, 5), (None, 2.0, True, 3), (4.0, 3.0, True, 11)],
)
def test_what_growth_and_feather_need(grow: float | None, feather: float | None, reshapes: bool, margin: int) -> None:
    """Half as much again as both together, in whole pixels."""
    painting = Painting(grow=grow, feather=feather)
    assert (painting.reshapes, painting.margin) == (reshapes, margin)


def test_what_the_user_types_is_private() -> None:
    """Every text is one that reports and saved images must not have, but for the models' name."""
    typed = {option.name for option in options.OPTIONS if option.kind is Kind.TEXT}
    assert {prompt.name for prompt in options.PROMPTS} == typed - {options.MODELS.name}
