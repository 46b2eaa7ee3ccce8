"""The edit region: the object mask grown and reshaped so that the new object fits, and feathered (contract, Words)."""

from __future__ import annotations

import torch
from text_replace_wire.geometry import Box
from torch import Tensor

from .tensors import blur, bounding_box, dilate, resample

#: The region is shaped at no more than this many pixels a side: its edge is soft, so nothing is lost, and a huge
#: layer costs no more.
_LONGEST = 512
#: Growth around the object's outline, and softness of the edge, as shares of the longer side of the object's box.
_GROWTH = 0.07
_FEATHER = 0.02
#: The shape that makes room for another outline: a superellipse with this exponent, with half axes of at least this
#: share of the longer side.
_EXPONENT = 3.0
_LEAST_HALF_AXIS = 0.42
_MOST_HALF_AXIS = 0.54


def edit_region(object_mask: Tensor) -> Tensor:
    """The region (1, 1, h, w) in [0, 1] for an object mask of the same size: 1 on all of the object, 0 far from it.

    A mask that follows an apple cannot hold a banana, so the region also holds a rounded box around the object,
    nearly square.
    """
    height, width = object_mask.shape[-2:]
    scale = min(1.0, _LONGEST / max(height, width))
    small = resample(object_mask, (max(1, round(height * scale)), max(1, round(width * scale))))
    box = bounding_box(small)
    if box is None:
        return object_mask
    longer = max(box.size)
    room = _superellipse(small, box)
    grown = torch.maximum(dilate(small, max(1, round(_GROWTH * longer))), room)
    feathered = blur(dilate(grown, max(1, round(_FEATHER * longer))), max(0.5, _FEATHER * longer))
    # A Gaussian never ends; the region must.
    trimmed = ((feathered - 0.02) / 0.96).clamp(0, 1)
    return torch.maximum(resample(trimmed, (height, width)), object_mask)


def _superellipse(like: Tensor, box: Box) -> Tensor:
    longer = max(box.size)
    half_x, half_y = (
        min(max(0.5 * side * 1.06, _LEAST_HALF_AXIS * longer), _MOST_HALF_AXIS * longer) for side in box.size
    )
    height, width = like.shape[-2:]
    y = (torch.arange(height, device=like.device) + 0.5 - (box.y0 + box.y1) / 2) / half_y
    x = (torch.arange(width, device=like.device) + 0.5 - (box.x0 + box.x1) / 2) / half_x
    inside = y.abs()[:, None] ** _EXPONENT + x.abs()[None, :] ** _EXPONENT <= 1
    return inside[None, None].to(like.dtype)
