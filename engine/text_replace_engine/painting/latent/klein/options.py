"""What FLUX.2 klein can be asked. Imports no torch."""

from __future__ import annotations

import dataclasses

from text_replace_engine.painting.latent import options
from text_replace_engine.painting.latent.klein.presets import PRESETS, REFINEMENT, KleinSettings
from text_replace_engine.painting.latent.names import PainterName, Preset
from text_replace_engine.painting.latent.options import REFINE, STORAGE, TILED_DECODING
from text_replace_wire.errors import UserError
from text_replace_wire.model_messages import PainterEntry
from text_replace_wire.options import PAINTER, ROOM, STEPS, WORKING_SIZE
from text_replace_wire.painting import Painting

_TAKEN = tuple(option.field for option in (PAINTER, STEPS, ROOM, REFINE, TILED_DECODING, STORAGE, WORKING_SIZE))
ENTRY = PainterEntry(PainterName.KLEIN.value, tuple(preset.value for preset in Preset), _TAKEN)


def check(painting: Painting) -> None:
    """Raises UserError for what FLUX.2 klein cannot be asked."""
    options.check_photo(painting)
    refused = [field for field in options.asked(painting) if field not in _TAKEN]
    if refused:
        raise UserError(
            "FLUX.2 klein follows an instruction, in steps that it has learnt: leave out "
            f"{', '.join(refused)}, or use the painter sd15."
        )


def settings_for(painting: Painting, accelerated: bool) -> KleinSettings:
    """The preset with what was asked for instead of its own. accelerated: a graphics card computes; on a processor the
    second time takes minutes more.
    """
    settings = PRESETS[Preset(painting.preset)]
    steps, refine = (painting.options.get(option.field) for option in (STEPS, REFINE))
    usual = settings.refinement if accelerated else ()
    refinement = usual if refine is None else REFINEMENT if refine else ()
    return dataclasses.replace(settings, steps=steps or settings.steps, refinement=refinement)
