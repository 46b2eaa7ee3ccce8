"""What guided diffusion can be asked: its presets, and the options that it takes besides."""

from __future__ import annotations

import dataclasses

from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings
from text_replace_wire.errors import UserError
from text_replace_wire.model_messages import PainterEntry
from text_replace_wire.option import Kind, Option, Owner
from text_replace_wire.options import STRENGTH, WORKING_SIZE
from text_replace_wire.painting import Painting

#: Where the paper's sweep ends (its Figure 7).
_MAX_LAMBDA = 10**6
_MAX_CUTOUTS = 64


def _lambda(name: str, of: str, explanation: str) -> Option:
    return Option(
        name,
        Kind.NUMBER,
        None,
        f"λ of {of}",
        explanation,
        most=_MAX_LAMBDA,
        noun=f"λ of {of}",
        owner=Owner.PAINTER,
    )


LAMBDA_CLIP = _lambda("lambda-clip", "CLIP", "Weight of the prompt's loss.")
LAMBDA_LPIPS = _lambda("lambda-lpips", "LPIPS", "Weight of the surroundings' perceptual loss.")
LAMBDA_L2 = _lambda("lambda-l2", "L2", "Weight of the surroundings' squared difference.")
CUTOUTS = Option(
    "cutouts",
    Kind.INTEGER,
    None,
    "Views",
    "Views of the painted picture that are compared with the prompt.",
    least=1,
    most=_MAX_CUTOUTS,
    noun="number of views",
    owner=Owner.PAINTER,
)
OPTIONS = (STRENGTH, LAMBDA_CLIP, LAMBDA_LPIPS, LAMBDA_L2, CUTOUTS, WORKING_SIZE)
_BY_FIELD = {option.field: option for option in OPTIONS}
NAME = "guided diffusion"
ENTRY = PainterEntry("guided", tuple(preset.value for preset in Preset), tuple(_BY_FIELD))


def check(painting: Painting) -> None:
    """Raises UserError for what guided diffusion cannot be asked."""
    if painting.preset not in set(Preset):
        known = ", ".join(Preset)
        raise UserError(f"There is no preset “{painting.preset}” of {NAME}: use one of {known}.")
    for field, value in painting.options.items():
        if field not in _BY_FIELD:
            raise UserError(f"{NAME.capitalize()} has no option “{field}”; it takes {', '.join(_BY_FIELD)}.")
        _BY_FIELD[field].check(value)
    if painting.reshapes and not PRESETS[Preset(painting.preset)].grown:
        raise UserError(
            f"The preset “{painting.preset}” paints exactly the object: leave out growth and feather, or use another "
            "preset."
        )


def settings_for(painting: Painting) -> PresetSettings:
    """The preset with what was asked for instead of its own."""
    settings, asked = PRESETS[Preset(painting.preset)], painting.options
    lambdas = {
        option.field: asked[option.field] for option in (LAMBDA_CLIP, LAMBDA_LPIPS, LAMBDA_L2) if option.field in asked
    }
    settings = dataclasses.replace(settings, **lambdas)
    views, strength = asked.get(CUTOUTS.field), asked.get(STRENGTH.field)
    if views is not None:
        settings = dataclasses.replace(settings, cutouts=(max(1, int(views) // 2), int(views)))
    if strength is None:
        return settings
    skipped = settings.grid - max(1, round(strength * settings.grid))
    refined = min(settings.refined, strength)
    return dataclasses.replace(settings, skipped=skipped, from_noise=skipped == 0, refined=refined)
