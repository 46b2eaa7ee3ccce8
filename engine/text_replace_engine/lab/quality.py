"""Measures on pixels: what changed outside, the seam, the sharpness."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from text_replace_engine.boxes import bounding_box
from text_replace_engine.tensors import LUMA_WEIGHTS
from text_replace_wire.geometry import Box

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: Half the width of a seam's ring, in pixels.
RING = 4
#: What is cut off an object's edge before its sharpness is measured: the outline depends on the ground behind it.
_RIM = 3


def changed_outside(before: Pixels, after: Pixels, region: Pixels) -> int:
    """How many pixels differ where the edit region (h, w) is 0."""
    return int(((before != after).any(2) & (region == 0)).sum())


def ring_around(region: Pixels) -> tuple[Box, Mask]:
    """The pixels within RING of the region's 0.5 contour: their box, and which in it. The picture's edge is no
    contour.
    """
    inside = region > 127
    box = bounding_box(inside).grown(RING + 2).clipped((region.shape[1], region.shape[0]))
    part = inside[box.y0 : box.y1, box.x0 : box.x1]
    distance = np.where(part, _distance(part), _distance(~part))
    # A pixel's centre is half a pixel from the contour that touches it.
    return box, distance - 0.5 <= RING


def sobel(pixels: Pixels, box: Box) -> NDArray[np.floating[Any]]:
    """The magnitude of the luma's Sobel gradient in `box`, luma 0 to 255."""
    luma = pixels[box.y0 : box.y1, box.x0 : box.x1].astype(np.float32) @ np.array(LUMA_WEIGHTS, np.float32)
    gradient: NDArray[np.floating[Any]] = np.hypot(ndimage.sobel(luma, 0), ndimage.sobel(luma, 1))
    return gradient


def sharpness(pixels: Pixels, inside: Mask) -> float | None:
    """The mean gradient inside an object, without its rim; None where nothing else is left of it."""
    core = ndimage.binary_erosion(inside, iterations=_RIM)
    if not core.any():
        return None
    return float(sobel(pixels, Box(0, 0, pixels.shape[1], pixels.shape[0]))[core].mean())


def _distance(inside: Mask) -> NDArray[np.float64]:
    """To the nearest pixel that is not `inside`; infinite where there is none."""
    if inside.all():
        return np.full(inside.shape, np.inf)
    distance: NDArray[np.float64] = ndimage.distance_transform_edt(inside)
    return distance
