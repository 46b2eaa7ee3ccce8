"""What an edit paints over: the object, and the edit region, at the size of the part of the layer that it sees."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from text_replace_engine.painting.painter import Painter, SeeingPainter
from text_replace_engine.tensors import from_plane, sample_box
from text_replace_wire.messages import Edit, MaskKind


def masks(request: Edit, painter: Painter[Any, Any], picture: Tensor) -> tuple[Tensor, Tensor]:
    """(object mask, edit region) of a request, (1, 1, h, w) in [0, 1] each, on the device of its `picture`, RGB
    (1, 3, h, w) in [0, 1].
    """
    mask = from_plane(request.mask).to(picture.device)
    if request.mask_kind is MaskKind.REGION:
        return mask, mask
    object_mask = sample_box(mask, request.layer_size, request.box)
    region = painter.edit_region(request.painting, object_mask)
    if isinstance(painter, SeeingPainter):
        remnants = painter.remnants(request.painting, picture, object_mask)
        region = region if remnants is None else torch.maximum(region, remnants)
    if request.selection is not None:
        region = region * from_plane(request.selection).to(region)
    return object_mask, region
