"""What Stable Diffusion can be asked: its presets, and the options that it takes besides. Imports no torch."""

from __future__ import annotations

import dataclasses
from typing import Any

from text_replace_engine.painting.latent.names import PainterName, Preset, Scheduler
from text_replace_engine.painting.latent.options import OPTIONS, REFINE, SCHEDULER, STORAGE, check_photo
from text_replace_engine.painting.latent.sd15.presets import PRESETS, REMOVAL_STRENGTH, PresetSettings, preset_settings
from text_replace_wire.errors import UserError
from text_replace_wire.model_messages import PainterEntry
from text_replace_wire.option import Kind
from text_replace_wire.options import GUIDANCE_SCALE, NEGATIVE_PROMPT, STEPS, STRENGTH
from text_replace_wire.painting import Painting

_TAKEN = tuple(option.field for option in OPTIONS if option is not STORAGE)
ENTRY = PainterEntry(PainterName.SD15.value, tuple(preset.value for preset in Preset), _TAKEN)


def check(painting: Painting) -> None:
    """Raises UserError for what Stable Diffusion cannot be asked."""
    check_photo(painting)
    if not painting.options.keys() <= set(_TAKEN):
        raise UserError("How FLUX.2 klein's weights are kept is asked for with the painter klein only: leave it out.")
    scheduler = painting.options.get(SCHEDULER.field)
    if scheduler is not None and scheduler not in PRESETS[Preset(painting.preset)]:
        raise UserError(f"The preset “{painting.preset}” is not painted by {scheduler}: use another one.")
    # Every scheduler of a preset is with guidance, or none is.
    if painting.options.get(NEGATIVE_PROMPT.field) and settings_for(painting, accelerated=False).guidance_scale == 1:
        raise UserError(f"A {NEGATIVE_PROMPT.noun} takes a {GUIDANCE_SCALE.noun} above 1: give one, or leave it out.")


def settings_for(painting: Painting, accelerated: bool) -> PresetSettings:
    """The preset with what was asked for instead of its own. accelerated: a graphics card computes."""
    asked = painting.options
    scheduler = asked.get(SCHEDULER.field)
    settings = preset_settings(
        Preset(painting.preset), None if scheduler is None else Scheduler(scheduler), accelerated
    )
    if painting.remove:
        settings = dataclasses.replace(settings, strength=REMOVAL_STRENGTH)
    own: dict[str, Any] = {
        option.field: int(asked[option.field]) if option.kind is Kind.INTEGER else asked[option.field]
        for option in (STRENGTH, STEPS, GUIDANCE_SCALE, NEGATIVE_PROMPT, REFINE)
        if option.field in asked
    }
    return dataclasses.replace(settings, **own)
