"""The names by which a picture's entry says what is asked of it: those of the options of `text-replace edit`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from text_replace_engine.painting.latent import options as latent
from text_replace_engine.painting.options import check_value
from text_replace_engine.sets.model_set import DescribedSet
from text_replace_engine.sets.registry import model_sets
from text_replace_wire.errors import UserError
from text_replace_wire.option import Kind
from text_replace_wire.options import STEPS
from text_replace_wire.prompts import shown

#: By name: texts, numbers, truth values and lists of them, as JSON has them.
Fields = Mapping[str, Any]

#: What is of one picture, and of no other in the batch.
OF_ONE = ("picture", "id", "seed", "page", "where", "region", "pick", "point", "box")
_OF_ANY = ("replace", "with", "category", "remove", "preset", "select", "grow", "feather", "keep_at")
_FLAGS = ("remnants", "no_mark")
OWN = ("picture", "replace", "with", *OF_ONE[1:], *_OF_ANY[2:], *_FLAGS)
#: What is of the whole batch, and of no single picture in it.
_OF_THE_BATCH = ("models", "engine", "device", "dtype", "threads", "variations")
_TEXTS = frozenset(
    ("picture", "id", "where", "region", "pick", "point", "box", "replace", "with", "category", "preset", "select")
) | {option.field for option in latent.OPTIONS if option.kind is Kind.TEXT}
#: The others have the range of a preset or of a network.
_COMMON = {option.field: option for option in latent.OPTIONS if option not in (STEPS, latent.SCHEDULER)}
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")


def named(given: Iterable[tuple[str, Any]]) -> Fields:
    """What has these names, as they are typed: “Keep-at” is `keep_at`. Raises UserError for a name that there is not,
    or that is there twice.
    """
    found: dict[str, Any] = {}
    for typed, value in given:
        name = typed.strip().lower().replace("-", "_")
        if name in _OF_THE_BATCH:
            raise UserError(f"“{name}” is of the whole batch: leave it out here, and say it on the command line.")
        if name not in OWN and name not in _painters_own():
            known = ", ".join((*OWN, *_painters_own()))
            raise UserError(f"there is no “{shown(typed)}” here: leave it out, or use {known}.")
        if name in found:
            raise UserError(f"“{name}” is there twice: leave one out.")
        found[name] = value
    return found


def value_of(name: str, text: str, decimal_comma: bool = False) -> Any:
    """What a text says that stands for a value: true and false, a number, else itself."""
    if name in _TEXTS:
        return text
    if decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    try:
        value = json.loads(text.lower())
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, bool | int | float) else text


def pairs_in(given: Sequence[str]) -> list[tuple[str, str]]:
    """The two sides of each `--option NAME=VALUE`. Raises UserError for what is none."""
    found = []
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise UserError(f"--option “{shown(text)}” is not NAME=VALUE: write for example --option steps=10.")
        found.append((name, value))
    return found


def options_in(given: Sequence[str]) -> Fields:
    """What several `--option NAME=VALUE` say. Raises UserError."""
    pairs = pairs_in(given)
    try:
        fields = named(pairs)
    except UserError as error:
        raise UserError(f"--option: {error}") from error
    return {name: value_of(name, value) for name, value in fields.items()}


def check_option(name: str, value: Any) -> None:
    """Raises UserError for a value that no painter takes, as far as all painters have an option in common."""
    option = _COMMON.get(name)
    if option is not None:
        check_value(option, value)


@lru_cache(maxsize=1)
def _painters_own() -> tuple[str, ...]:
    """The options of every painter that there is."""
    described = (each for each in model_sets().values() if isinstance(each, DescribedSet))
    entries = [entry for each in described for entry in (*each.painters(), *each.erasers())]
    return tuple(
        dict.fromkeys(
            (*(option.field for option in latent.OPTIONS), *(name for entry in entries for name in entry.options))
        )
    )
