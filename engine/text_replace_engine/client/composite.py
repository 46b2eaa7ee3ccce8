"""Composite: new colour over the original by the edit region. Outside it no pixel is touched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane

Pixels = NDArray[np.uint8]


def array(plane: Plane) -> Pixels:
    """The pixels (h, w, channels) of a plane, 0 to 255, read-only, no copy."""
    return np.frombuffer(plane.data, np.uint8).reshape(plane.height, plane.width, plane.channels)


def composite(image: Pixels, new: Plane, region: Plane, box: Box) -> Pixels:
    """IN·(1 − m) + new·m over `box`, rounded; alpha is IN's; where m is 0 the pixels are IN's own.

    image: (h, w, c) with c = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. new, region (m): of the box's size; `new` has
    the image's colour channels.
    """
    colour, mask = array(new), array(region).astype(np.float32) / 255
    result = image.copy()
    part = result[box.y0 : box.y1, box.x0 : box.x1, : colour.shape[2]]
    blended = part * (1 - mask) + colour * mask
    part[...] = np.rint(blended).astype(np.uint8)
    return result
