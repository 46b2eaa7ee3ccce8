"""Room: how far around an object's outline photographs are painted over. Another object has another outline, which no
loss keeps inside of the region.
"""

from __future__ import annotations

import math

from torch import Tensor

from text_replace_engine.painting.latent.crops import crop_around
from text_replace_engine.painting.latent.names import Room
from text_replace_engine.painting.region import edit_region, region_within
from text_replace_engine.tensors import square_around
from text_replace_wire.geometry import LEAST_SEEN, Box

#: Growth, in pixels, and as a share of the feather, which is a share of the diagonal of the object's box.
_GROWTH, _OF_FEATHER, _OF_DIAGONAL = 4.0, 0.5, 0.10
#: Pixels. Of drawn objects put in each other's place (tests/MEASURED.md) the region holds as much with less feather
#: around small ones, but is thin; with 256 around one of 2,400 pixels it still holds 96 % of them, with 128 only 90 %.
_LEAST_FEATHER, _MOST_FEATHER = 4.0, 256.0


def region_with_room(object_mask: Tensor, room: Room, grow: float | None, feather: float | None) -> Tensor:
    """The edit region (1, 1, h, w) in [0, 1] for an object mask of the same shape and range. grow, feather: in pixels,
    instead of those that an object of its size has.
    """
    if grow is not None:
        return edit_region(object_mask, grow, feather)

    def extent(box: Box) -> tuple[float, float]:
        own = extent_of(box, room)
        return own if feather is None else (own[0], feather)

    return region_within(object_mask, extent, boxed=room is Room.LOOSE)


def extent_of(box: Box, room: Room) -> tuple[float, float]:
    """Growth and feather of an object with this box, all in pixels."""
    feather = min(max(_OF_DIAGONAL * math.hypot(*box.size), _LEAST_FEATHER), _MOST_FEATHER)
    return _GROWTH + (0.0 if room is Room.TIGHT else _OF_FEATHER * feather), feather


def edit_box(object_box: Box, layer_size: tuple[int, int]) -> Box:
    """What of a layer of `layer_size` (width, height) an edit of an object sees: the region with the most room, and the
    context that a crop around it has.
    """
    reach = math.ceil(sum(extent_of(object_box, Room.LOOSE)))
    return crop_around(square_around(object_box, 1.0).grown(reach), layer_size, LEAST_SEEN)
