"""Measures on pixels: how crisp a painting is beside what stood there, and how well its ground goes on.

The recipes, fixed before anything was measured with them: `edge_strength`, `edge_width`, `ground_error`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.quality import Mask, Pixels, sobel
from text_replace_wire.geometry import Box

#: Points on an outline at which its width is read.
_POINTS = 96
#: How far to either side it is followed, as a share of the object's longer side; at least so many pixels.
_REACH, _LEAST_REACH = 0.1, 8.0
_STEP = 0.25  # pixels between two readings
#: Less contrast than this across an outline, in 8-bit steps, says nothing about its width.
_CONTRAST = 24
#: What lies nearer to the object than this share of its longer side may be its edge; and a shadow may lie so far below
#: it, and around that.
_NEAR, _SHADOW_BELOW, _SHADOW_NEAR = 0.06, 0.05, 0.12
_FEWEST = 100  # pixels of ground
#: A ground that a surface of second degree misses by more than this, in 8-bit steps, has a pattern.
_PLAIN = 3.0

_Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class GroundError:
    """The mean absolute difference from the known ground in 8-bit steps, and whether that ground has a pattern."""

    error: float
    patterned: bool


def edge_strength(pixels: Pixels, region: Mask) -> float:
    """The 99th percentile of the luma's Sobel gradient in a region (h, w) of RGB (h, w, 3)."""
    box = bounding_box(region)
    return float(np.percentile(sobel(pixels, box)[_part(region, box)], 99))


def edge_width(pixels: Pixels, inside: Mask) -> float | None:
    """The median width in pixels of the outline of an object (h, w) in RGB (h, w, 3), None where there is no contrast.

    At points of the outline the colours along its normal are followed from outside to inside, as a share of the way
    from the one side's colour to the other's; the width is from where the share last is at most 10 % to where it
    first is at least 90 % after that.
    """
    box = bounding_box(inside)
    longest = max(box.size)
    reach = max(_LEAST_REACH, _REACH * longest)
    near = box.grown(int(2 * reach) + 2).clipped((inside.shape[1], inside.shape[0]))
    part, colours = _part(inside, near), _part(pixels, near).astype(np.float32)
    smooth = ndimage.gaussian_filter(part.astype(np.float32), max(1.0, 0.02 * longest))
    down, across = np.gradient(smooth)
    y, x = np.nonzero(part & ~ndimage.binary_erosion(part, border_value=1))
    if not len(y):
        return None
    chosen = np.linspace(0, len(y) - 1, min(_POINTS, len(y))).astype(int)
    y, x = y[chosen], x[chosen]
    length = np.maximum(np.hypot(down[y, x], across[y, x]), 1e-6)
    along = np.arange(-reach, reach + _STEP, _STEP)
    rows = y[:, None] + along * (down[y, x] / length)[:, None]
    columns = x[:, None] + along * (across[y, x] / length)[:, None]
    seen = np.stack(
        [ndimage.map_coordinates(colours[..., k], [rows, columns], order=1, mode="nearest") for k in range(3)], 2
    )
    widths = [width for profile in seen if (width := _rise(profile)) is not None]
    return float(np.median(widths)) if widths else None


def ground_error(pixels: Pixels, ground: Pixels, region: Mask, inside: Mask) -> GroundError | None:
    """How far RGB (h, w, 3) is from the known `ground` in the part of a region (h, w) in which neither the object
    `inside` is nor a shadow of it may be; None where there is hardly any.
    """
    box = bounding_box(region)
    wanted, shape = _part(region, box), _part(inside, box)
    longest = max(bounding_box(inside).size) if inside.any() else max(box.size)
    below = np.zeros_like(shape)
    shift = min(round(_SHADOW_BELOW * longest), len(shape) - 1)
    below[shift:] = shape[: len(shape) - shift]
    bare = wanted & (_distance(shape) > _NEAR * longest) & (_distance(below) > _SHADOW_NEAR * longest)
    if bare.sum() < _FEWEST:
        return None
    known = _part(ground, box).astype(np.float32)
    difference = np.abs(_part(pixels, box).astype(np.float32) - known)[bare].mean()
    return GroundError(float(difference), _unevenness(known, bare) > _PLAIN)


def _rise(profile: _Floats) -> float | None:
    third = len(profile) // 4
    outside, within = profile[:third].mean(0), profile[-third:].mean(0)
    way = within - outside
    length = float(np.linalg.norm(way))
    if length < _CONTRAST:
        return None
    share = (profile - outside) @ way / length**2
    middle = int(np.argmin(np.abs(share[third:-third] - 0.5))) + third
    before = np.flatnonzero(share[: middle + 1] <= 0.1)
    after = np.flatnonzero(share[middle:] >= 0.9)
    if not len(before) or not len(after):
        return None
    return float((middle + after[0] - before[-1]) * _STEP)


def _unevenness(ground: _Floats, where: Mask) -> float:
    """The mean absolute difference from the surface of second degree that is nearest to it."""
    y, x = (axis.astype(np.float32) / max(where.shape) for axis in np.nonzero(where))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)
    wanted = ground[where]
    fitted, *_ = np.linalg.lstsq(terms, wanted, rcond=None)
    return float(np.abs(terms @ fitted - wanted).mean())


def _distance(shape: Mask) -> _Floats:
    """Of every pixel to the nearest of a shape; infinite where there is none."""
    if not shape.any():
        return np.full(shape.shape, np.inf)
    distance: _Floats = ndimage.distance_transform_edt(~shape)
    return distance


def _part(plane: NDArray[Any], box: Box) -> NDArray[Any]:
    return plane[box.y0 : box.y1, box.x0 : box.x1]
