"""The edit region: the object mask grown and reshaped so that the new object fits, and feathered
(engine/REFERENCE.md, Words).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from text_replace_engine.tensors import blur, bounding_box, dilate, reduced_size, resample
from text_replace_wire.geometry import Box

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
#: Components smaller than this share of the largest are specks; more parts than this are painted as one.
_SPECK = 0.03
_MOST_PARTS = 4


def edit_region(object_mask: Tensor, grow: float | None = None, feather: float | None = None) -> Tensor:
    """The region (1, 1, h, w) in [0, 1] for an object mask of the same shape and range: 1 on all of the object, 0 far
    from it.

    A mask that follows an apple cannot hold a banana, so where `grow` is None the region also holds a rounded box
    around the object, nearly square; else it is what lies within `grow` pixels of the object. Beyond that it fades
    over `feather` pixels; None: a share of the object's size, no farther than a given `grow`. Separate objects grow
    separately.
    """
    if grow == 0 and not feather:
        return object_mask
    automatic = grow is None and feather is None
    region = _reduced(object_mask) * 0 if automatic else torch.zeros_like(object_mask)
    for shape in shapes(object_mask):
        grown = _grown(shape) if automatic else _within(shape, _size(object_mask), grow, feather)
        region = torch.maximum(region, grown)
    return torch.maximum(resample(region, _size(object_mask)), object_mask)


def region_within(object_mask: Tensor, extent: Callable[[Box], tuple[float, float]], boxed: bool = False) -> Tensor:
    """As `edit_region`, but with the growth and the feather that `extent` gives for an object's box, all in pixels.

    boxed: what grows is not the object's outline, but the shape that has room for another one.
    """
    size = _size(object_mask)
    region = torch.zeros_like(object_mask)
    for shape in shapes(object_mask):
        grow, feather = extent(bounding_box(shape).scaled((shape.shape[-1], shape.shape[-2]), (size[1], size[0])))
        region = torch.maximum(region, _near(_reshaped(shape) if boxed else shape, size, grow, feather))
    return torch.maximum(region, object_mask)


def split(region: Tensor) -> list[Tensor]:
    """The separate parts of a region (1, 1, h, w) in [0, 1], in its shape and range, each to be painted by itself; the
    whole where there are too many; none where empty.
    """
    if not bool((region > 0).any()):
        return []
    components = _components(_reduced(region) > 0)
    if not 1 < len(components) <= _MOST_PARTS:
        return [region]
    native = (F.interpolate(component.to(region), _size(region), mode="nearest") for component in components)
    return [region * part for part in native]


def shapes(object_mask: Tensor) -> list[Tensor]:
    """Every separate object by itself at the reduced size, 0 or 1. A thin one, of which nothing would be left there, is
    all that it touches.
    """
    inside = _reduced(object_mask) > 0.5
    touched = F.adaptive_max_pool2d(object_mask, _reduced_size(object_mask)) > 0.5
    labelled, _count = ndimage.label(touched[0, 0].cpu().numpy())
    left = np.unique(labelled[inside[0, 0].cpu().numpy()])
    lost = torch.from_numpy((labelled > 0) & ~np.isin(labelled, left)).to(inside)
    return [part.to(object_mask) for part in _components(inside | lost)]


def _components(inside: Tensor) -> list[Tensor]:
    """The connected components (1, 1, h, w) of a boolean mask, but for specks beside a much larger one."""
    labelled, count = ndimage.label(inside[0, 0].cpu().numpy())
    areas = np.bincount(labelled.ravel(), minlength=count + 1)[1:]
    kept = [number for number in range(1, count + 1) if areas[number - 1] >= _SPECK * areas.max()]
    return [torch.from_numpy(labelled == number)[None, None].to(inside.device) for number in kept]


def _grown(part: Tensor) -> Tensor:
    longer = _longer_side(part)
    feathered = blur(dilate(_reshaped(part), max(1, round(_FEATHER * longer))), max(0.5, _FEATHER * longer))
    # A Gaussian never ends; the region must.
    return ((feathered - 0.02) / 0.96).clamp(0, 1)


def _reshaped(part: Tensor) -> Tensor:
    box = bounding_box(part)
    return torch.maximum(dilate(part, max(1, round(_GROWTH * max(box.size)))), _superellipse(part, box))


def _within(part: Tensor, size: tuple[int, int], grow: float | None, feather: float | None) -> Tensor:
    """At `size`, in whose pixels `grow` and `feather` are: 1 within `grow` of the part, or in its automatic shape where
    that is None; then falling to 0.
    """
    reach = grow or 0.0
    fade = min(_FEATHER * _longer_side(part) / (part.shape[-1] / size[1]), reach) if feather is None else feather
    return _near(part if grow is not None else _reshaped(part), size, reach, fade)


def _near(shape: Tensor, size: tuple[int, int], reach: float, fade: float) -> Tensor:
    """At `size`, in whose pixels the distances are: 1 within `reach` of a shape, then falling to 0 over `fade`."""
    scale = shape.shape[-1] / size[1]
    distance = ndimage.distance_transform_edt(shape[0, 0].cpu().numpy() < 0.5)
    small = torch.from_numpy(distance).to(shape)[None, None]
    # Between pixels' centres; the object ends half a pixel from its outermost one, at either scale.
    native = (F.interpolate(small, size, mode="bilinear", align_corners=False) - 0.5) / scale + 0.5
    width = max(fade, 1.0)
    return ((reach + width - native) / width).clamp(0, 1)


def _longer_side(part: Tensor) -> int:
    return max(bounding_box(part).size)


def _reduced(mask: Tensor) -> Tensor:
    return resample(mask, _reduced_size(mask))


def _reduced_size(mask: Tensor) -> tuple[int, int]:
    return reduced_size(_size(mask), _LONGEST)


def _size(image: Tensor) -> tuple[int, int]:
    return image.shape[-2], image.shape[-1]


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
