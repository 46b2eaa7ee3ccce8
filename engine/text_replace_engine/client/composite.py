"""Composite: new colour over the original by the edit region. Outside it no pixel is touched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from text_replace_engine.client.colours import Samples, eight_bits
from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane

Pixels = NDArray[np.uint8]
_STEP = 257  # of 16 bits to one of 8


def array(plane: Plane) -> Pixels:
    """The pixels (h, w, channels) of a plane, 0 to 255, read-only, no copy."""
    return np.frombuffer(plane.data, np.uint8).reshape(plane.height, plane.width, plane.channels)


def composite(image: Samples, new: Plane, region: Plane, box: Box, seed: int) -> Samples:
    """IN·(1 − m) + new·m over `box`, rounded; alpha is IN's; where m is 0 the pixels are IN's own.

    image: (h, w, c) of 8 or 16 bits with c = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. new, region (m): of the box's
    size; `new` has the image's colour channels. In 16 bits new colour is dithered, the same for the same `seed`, and
    what is not new, but IN's to 8 bits, stays as fine as it is.
    """
    colour, mask = array(new), array(region).astype(np.float32) / 255
    result = image.copy()
    part = result[box.y0 : box.y1, box.x0 : box.x1, : colour.shape[2]]
    if result.dtype == np.uint16:
        _blend_deep(part, colour, mask, seed)
    else:
        part[...] = np.rint(part * (1 - mask) + colour * mask).astype(np.uint8)
    return result


def _blend_deep(part: Samples, colour: Pixels, mask: NDArray[np.floating], seed: int) -> None:
    """Steps of 8 bits would show as bands among the 16 bits around them: noise of one step hides them."""
    noise = np.random.default_rng(seed)
    # Row by row: in double precision the whole would need eight times the picture's memory.
    for row, new, m in zip(part, colour, mask.astype(np.float64), strict=True):
        dithered = np.clip((new + noise.uniform(-0.5, 0.5, new.shape)) * _STEP, 0, 65535)
        changed = (m > 0) & (new != eight_bits(row)).any(1, keepdims=True)
        row[...] = np.where(changed, np.rint(row * (1 - m) + dithered * m), row).astype(np.uint16)
