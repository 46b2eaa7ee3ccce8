"""What painters of photographs can be asked; each refuses those of its own that it does not take. Imports no torch."""

from __future__ import annotations

import dataclasses

from text_replace_engine.painting.latent.names import Preset, Room, Scheduler, Storage
from text_replace_engine.painting.options import ANY_SCHEDULER, check_value
from text_replace_wire.errors import UserError
from text_replace_wire.option import Entry, Kind, Option, Owner
from text_replace_wire.options import (
    GUIDANCE_SCALE,
    NEGATIVE_PROMPT,
    PAINTER,
    ROOM,
    STEPS,
    STRENGTH,
    WORKING_SIZE,
)
from text_replace_wire.painting import Painting

SCHEDULER = dataclasses.replace(
    ANY_SCHEDULER,
    entries=(
        Entry(Scheduler.DDIM, "DDIM", "Tens of steps"),
        Entry(Scheduler.LCM, "LCM", "A few steps, which the models have learnt"),
    ),
)
REFINE = Option(
    "refine",
    Kind.FLAG,
    None,
    "Refine",
    "Paint a large object a second time, finer; several times as slow.",
    noun="refinement",
    owner=Owner.PAINTER,
)
TILED_DECODING = Option(
    "tiled-decoding",
    Kind.FLAG,
    None,
    "Tiled decoding",
    "Decode the picture in tiles; it takes less memory.",
    noun="tiled decoding",
    owner=Owner.PAINTER,
)
STORAGE = Option(
    "storage",
    Kind.CHOICE,
    None,
    "Storage",
    "In how many bits FLUX.2 klein's weights are kept.",
    noun="storage",
    entries=(
        Entry(Storage.SIXTEEN, "16 bits", "As published"),
        Entry(Storage.EIGHT, "8 bits", "In half the memory; a slightly different picture"),
    ),
    owner=Owner.PAINTER,
)
OPTIONS = (
    PAINTER,
    STRENGTH,
    STEPS,
    GUIDANCE_SCALE,
    NEGATIVE_PROMPT,
    SCHEDULER,
    ROOM,
    REFINE,
    TILED_DECODING,
    STORAGE,
    WORKING_SIZE,
)
_BY_FIELD = {option.field: option for option in OPTIONS}
#: What only those who are guided by losses can be asked.
_GUIDED_PRESET = "paper"
_GUIDED_OPTIONS = ("lambda_clip", "lambda_lpips", "lambda_l2", "cutouts")
_NOT_GUIDED = "The photo models are not guided by losses"


def asked(painting: Painting) -> list[str]:
    """The options that ask for something: not an empty negative prompt."""
    return [name for name, value in painting.options.items() if name != NEGATIVE_PROMPT.field or value]


def check_photo(painting: Painting) -> None:
    """Raises UserError for what no painter of photographs can be asked."""
    known = ", ".join(Preset)
    if painting.preset == _GUIDED_PRESET:
        raise UserError(f"{_NOT_GUIDED}; instead of the preset “{painting.preset}” use one of {known}.")
    if painting.preset not in set(Preset):
        raise UserError(f"There is no preset “{painting.preset}” of the photo models: use one of {known}.")
    guided = [field for field in painting.options if field in _GUIDED_OPTIONS]
    if guided:
        raise UserError(f"{_NOT_GUIDED}; leave out {', '.join(guided)}.")
    for field, value in painting.options.items():
        if field not in _BY_FIELD:
            raise UserError(f"The photo models have no option “{field}”; they take {', '.join(_BY_FIELD)}.")
        check_value(_BY_FIELD[field], value)


def room_for(painting: Painting) -> Room:
    """How far around an object is painted."""
    return Room(painting.options.get(ROOM.field, Room.NORMAL))
