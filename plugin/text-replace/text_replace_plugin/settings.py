"""What the user asks for, and the names under which GIMP knows it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TypeVar

from text_replace_wire.errors import UserError
from text_replace_wire.messages import MAX_SEED, ModelChoice, Preset, check_prompt

PROCEDURE = "plug-in-text-replace"
MENU_LABEL = "Text Replace..."
TITLE = "Text Replace"
BLURB = "Replace one object by another, described in words"
HELP = (
    "Finds the object named by “replace” in the layer, paints what “with” names in its place, and returns that as a "
    "new layer above, with the edit region as the selection. A selection limits where it looks."
)
AUTHORS = "The Text Replace developers"
DATE = "2026"

RANDOM_SEED = -1

_Kind = TypeVar("_Kind", Preset, ModelChoice)

#: value -> (label in the dialog, explanation)
PRESETS = {
    Preset.STANDARD: ("Standard", "Blended at every step; the usual choice"),
    Preset.FAST: ("Fast", "Cheaper and weaker guidance"),
    Preset.BEST: ("Best of four", "Four seeds, ranked; four times the time"),
    Preset.PAPER: ("Paper", "As published: slow, and not blended while sampling"),
}
MODELS = {
    ModelChoice.AUTO: ("Automatic", "The full models when installed, else the starter models"),
    ModelChoice.STARTER: ("Starter", "Small models that know a few dozen objects"),
    ModelChoice.FULL: ("Full", "Large models for photographs"),
}


@dataclass(frozen=True)
class Settings:
    """One request as checked; `seed` is 0 .. 2**31 - 1, already drawn where the user left it random."""

    replace: str
    with_: str
    seed: int
    preset: Preset
    models: ModelChoice


def check(replace: str, with_: str, seed: int, preset: str, models: str) -> Settings:
    """The settings in the procedure's arguments. Raises BadPrompt, or UserError for a value that does not exist."""
    return Settings(
        replace=check_prompt(replace, "Replace"),
        with_=check_prompt(with_, "With"),
        seed=_drawn(seed),
        preset=_one_of(Preset, preset, "preset"),
        models=_one_of(ModelChoice, models, "models"),
    )


def _drawn(seed: int) -> int:
    if seed == RANDOM_SEED:
        return secrets.randbelow(MAX_SEED + 1)
    if not 0 <= seed <= MAX_SEED:
        raise UserError(f"The seed is {seed}; use −1 for a random one, or a number from 0 to {MAX_SEED}.")
    return seed


def _one_of(kind: type[_Kind], value: str, name: str) -> _Kind:
    try:
        return kind(value)
    except ValueError as error:
        raise UserError(f"There is no {name} “{value}”; use {', '.join(each.value for each in kind)}.") from error
