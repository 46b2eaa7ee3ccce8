"""What an edit paints over: the object, and the edit region, at the size of the part of the layer that it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from text_replace_engine.painting.gone import Gone
from text_replace_engine.painting.painter import Painter, SeeingPainter
from text_replace_engine.tensors import from_plane, sample_box
from text_replace_wire.messages import Edit, MaskKind


@dataclass(frozen=True)
class Masks:
    """(1, 1, h, w) in [0, 1] each. room: of the region, without what only belongs to the object, as its shadow. gone:
    what is in it; None: the user gave the region, or the painter leaves no haze. fades: whether the region may end
    where nothing new was painted: nobody said how far it reaches.
    """

    object_mask: Tensor
    region: Tensor
    room: Tensor
    gone: Gone | None
    fades: bool


def masks(request: Edit, painter: Painter[Any, Any], picture: Tensor) -> Masks:
    """Of a request, on the device of its `picture`, RGB (1, 3, h, w) in [0, 1]."""
    mask = from_plane(request.mask).to(picture.device)
    if request.mask_kind is MaskKind.REGION:
        return Masks(mask, mask, mask, None, False)
    object_mask = sample_box(mask, request.layer_size, request.box)
    gone = None
    region = room = painter.edit_region(request.painting, object_mask)
    if isinstance(painter, SeeingPainter):
        gone = painter.with_remnants(request.painting, picture, object_mask)
        region = torch.maximum(region, gone.whole)
    if request.selection is not None:
        selection = from_plane(request.selection).to(region)
        region, room = region * selection, room * selection
    fades = gone is not None and request.painting.grow is None and request.painting.feather is None
    return Masks(object_mask, region, room, gone, fades)
