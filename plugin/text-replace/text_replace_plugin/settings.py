"""What the user asks for, and the names under which GIMP knows it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Optional, TypeVar

from text_replace_wire.adjustments import Adjustments

from text_replace_plugin.i18n import N_, _
from text_replace_wire.errors import UserError
from text_replace_wire.messages import MaskKind, ModelChoice, Preset, check_prompt, check_region_options
from text_replace_wire.options import MAX_SEED

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

#: In GIMP 2.10, whose PROCEDURE keeps the arguments that it has always had.
EXTENDED = "plug-in-text-replace-extended"
EDIT_AGAIN = "plug-in-text-replace-edit-again"
AGAIN_MENU_LABEL = N_("Text Replace: Edit Again...")
AGAIN_BLURB = N_("Repeat or change a replacement that Text Replace made")
AGAIN_HELP = N_(
    "Works on a layer that Text Replace added: reads the recipe in it and runs it again, which gives the same pixels "
    "as long as the layer it was made from is the same. The new layer is put above the old one, which is hidden."
)

#: The procedure's arguments, in the order in which `check` takes them.
ARGUMENTS = (
    "replace",
    "with",
    "seed",
    "preset",
    "models",
    "strength",
    "variations",
    "grow",
    "feather",
    "use-selection",
    "keep-selection",
    "as-layer-mask",
    "record-recipe",
)
RANDOM_SEED = -1
#: Arguments that leave strength, growth and feather to the preset.
PRESETS_OWN = 0.0
AUTOMATIC = -1.0
MAX_VARIATIONS = 8

_Kind = TypeVar("_Kind", Preset, ModelChoice)

#: Argument -> label in the dialog; the underlined letters are all different, and not those of GIMP's own buttons.
LABELS = {
    "replace": _("Re_place"),
    "with": _("_With"),
    "seed": _("S_eed (−1 = random)"),
    "preset": _("Prese_t"),
    "models": _("_Models"),
    "strength": _("Stre_ngth (0 = the preset's own)"),
    "variations": _("_Variations"),
    "grow": _("_Grow (−1 = automatic)"),
    "feather": _("Fe_ather (−1 = automatic)"),
    "use-selection": _("_Use my selection instead"),
    "keep-selection": _("_Keep the old selection as a channel"),
    "as-layer-mask": _("Result as la_yer with mask"),
    "record-recipe": _("Record the rec_ipe"),
}
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
    """One request as checked; `seed` is 0 .. 2**31 - 1, already drawn where the user left it random.

    variations: number of results; the first has `seed`, the others the seeds after it, wrapped at 2**31.
    use_selection: the selection is the edit region, and nothing is looked for. keep_selection: it stays as a channel.
    as_layer_mask: the result is a whole layer, cut out by a layer mask. record_recipe: the result says how it was made.
    """

    replace: str
    with_: str
    seed: int
    preset: Preset
    models: ModelChoice
    adjustments: Adjustments = Adjustments()
    variations: int = 1
    working_size: Optional[int] = None
    use_selection: bool = False
    keep_selection: bool = False
    as_layer_mask: bool = False
    record_recipe: bool = True

    @property
    def seeds(self) -> list[int]:
        return [(self.seed + number) % (MAX_SEED + 1) for number in range(self.variations)]


def check(
    replace: str,
    with_: str,
    seed: int,
    preset: str,
    models: str,
    strength: float = PRESETS_OWN,
    variations: int = 1,
    grow: float = AUTOMATIC,
    feather: float = AUTOMATIC,
    use_selection: bool = False,
    keep_selection: bool = False,
    as_layer_mask: bool = False,
    record_recipe: bool = True,
) -> Settings:
    """The settings in the procedure's arguments. Raises BadPrompt, or UserError for a value that does not exist."""
    if not 1 <= variations <= MAX_VARIATIONS:
        raise UserError(_("There can be 1 to {most} variations, not {asked}.", most=MAX_VARIATIONS, asked=variations))
    adjustments = Adjustments(
        strength=None if strength == PRESETS_OWN else strength,
        grow=None if grow == AUTOMATIC else grow,
        feather=None if feather == AUTOMATIC else feather,
    )
    checked = Settings(
        replace=check_prompt(replace, "Replace"),
        with_=check_prompt(with_, "With"),
        seed=_drawn(seed),
        preset=_one_of(Preset, preset, "preset"),
        models=_one_of(ModelChoice, models, "models"),
        adjustments=adjustments,
        variations=variations,
        use_selection=bool(use_selection),
        keep_selection=bool(keep_selection),
        as_layer_mask=bool(as_layer_mask),
        record_recipe=bool(record_recipe),
    )
    check_region_options(
        checked.adjustments, checked.preset, MaskKind.REGION if checked.use_selection else MaskKind.OBJECT
    )
    return checked


def values(asked: Settings) -> dict[str, Any]:
    """The procedure's arguments that `check` turns into these settings."""
    own = asked.adjustments
    return {
        "replace": asked.replace,
        "with": asked.with_,
        "seed": asked.seed,
        "preset": asked.preset.value,
        "models": asked.models.value,
        "strength": PRESETS_OWN if own.strength is None else own.strength,
        "variations": asked.variations,
        "grow": AUTOMATIC if own.grow is None else own.grow,
        "feather": AUTOMATIC if own.feather is None else own.feather,
        "use-selection": asked.use_selection,
        "keep-selection": asked.keep_selection,
        "as-layer-mask": asked.as_layer_mask,
        "record-recipe": asked.record_recipe,
    }


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
