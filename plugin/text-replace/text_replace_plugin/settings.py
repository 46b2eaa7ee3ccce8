"""What the user asks for, and the names under which GIMP knows it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TypeVar

from text_replace_wire.errors import UserError
from text_replace_wire.messages import MAX_SEED, ModelChoice, Preset, check_prompt

from .i18n import N_, _

PROCEDURE = "plug-in-text-replace"
#: In English: GIMP 2.10 translates these itself.
MENU_LABEL = N_("Text Replace...")
TITLE = "Text Replace"
BLURB = N_("Replace one object by another, described in words")
HELP = N_(
    "Finds the object named by “replace” in the layer, paints what “with” names in its place, and returns that as a "
    "new layer above, with the edit region as the selection. A selection limits where it looks."
)
AUTHORS = "The Text Replace developers"
DATE = "2026"

RANDOM_SEED = -1

_Kind = TypeVar("_Kind", Preset, ModelChoice)

#: value -> (label in the dialog, explanation)
PRESETS = {
    Preset.STANDARD: (_("Standard"), _("Blended at every step; the usual choice")),
    Preset.FAST: (_("Fast"), _("Cheaper and weaker guidance")),
    Preset.BEST: (_("Best of four"), _("Four seeds, ranked; four times the time")),
    Preset.PAPER: (_("Paper"), _("As published: slow, and not blended while sampling")),
}
MODELS = {
    ModelChoice.AUTO: (_("Automatic"), _("The full models when installed, else the starter models")),
    ModelChoice.STARTER: (_("Starter"), _("Small models that know a few dozen objects")),
    ModelChoice.FULL: (_("Full"), _("Large models for photographs")),
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
        raise UserError(
            _("The seed is {seed}; use −1 for a random one, or a number from 0 to {most}.", seed=seed, most=MAX_SEED)
        )
    return seed


def _one_of(kind: type[_Kind], value: str, name: str) -> _Kind:
    try:
        return kind(value)
    except ValueError as error:
        raise UserError(
            _(
                "There is no {name} “{value}”; use {known}.",
                name=name,
                value=value,
                known=", ".join(each.value for each in kind),
            )
        ) from error
