"""Areas: what of the picture a network paints, and at which size. No square where none is needed."""

from __future__ import annotations

import math

from text_replace_wire.geometry import Box

#: (height, width)
Shape = tuple[int, int]

#: Context on every side of the edit region, as a share of its longer side.
_CONTEXT = 0.15
#: No longer than this many times its shorter side: networks have learnt from squares.
_LONGEST = 2.0


def shape_of(region: Box, working_size: int, multiple: int, only_squares: bool) -> Shape:
    """The (height, width) to paint a region's box at: about `working_size`² pixels, sides multiples of `multiple`, in
    the proportions of the box with context.
    """
    if only_squares:
        return working_size, working_size
    width, height = _with_context(region)
    stretch = math.sqrt(min(_LONGEST, max(1 / _LONGEST, width / height)))
    wide, high = (max(1, round(working_size * each / multiple)) * multiple for each in (stretch, 1 / stretch))
    return high, wide


def area_around(region: Box, shape: Shape) -> Box:
    """The area in the proportions of `shape` centred on a region's box, with context; may reach outside the picture."""
    width, height = _with_context(region)
    scale = max(width / shape[1], height / shape[0])
    width, height = max(2, round(shape[1] * scale)), max(2, round(shape[0] * scale))
    x0, y0 = (region.x0 + region.x1 - width) // 2, (region.y0 + region.y1 - height) // 2
    return Box(x0, y0, x0 + width, y0 + height)


def _with_context(region: Box) -> tuple[float, float]:
    margin = 2 * _CONTEXT * max(region.size)
    return region.width + margin, region.height + margin
