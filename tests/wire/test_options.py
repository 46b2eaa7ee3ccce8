"""The table of options: what each accepts, and how a procedure says it."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest

from text_replace_wire import options
from text_replace_wire.errors import UserError
from text_replace_wire.options import MAX_SEED, Kind, Option, Owner, seeds_from
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
    """After the last seed comes 0."""
    assert seeds_from(MAX_SEED, 3) == [MAX_SEED, 0, 1]
