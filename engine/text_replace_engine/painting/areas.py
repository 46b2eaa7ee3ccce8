"""Areas: what of the picture a network paints, and at which size. No square where none is needed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from text_replace_engine.painting.region import split
from text_replace_engine.tensors import bounding_box
from text_replace_wire.geometry import Box

#: (height, width)
Shape = tuple[int, int]

#: Context on every side of the edit region, as a share of its longer side.
_CONTEXT = 0.15
#: No longer than this many times its shorter side: networks have learnt from squares.
_LONGEST = 2.0
#: What is enlarged no more than this is sharp enough when painted once.
_ENLARGED = 1.5


@dataclass(frozen=True)
class Part:
    """One piece of the edit: its share of the region (1, 1, h, w) in [0, 1], the area around it that the network
    paints, and the (height, width) that it paints it at. refined_shape: that of the refinement pass; None: there is
    none.
    """

    region: Tensor
    area: Box
    shape: Shape
    refined_shape: Shape | None = None


def parts_of(
    region: Tensor, working_size: int, multiple: int, only_squares: bool, finest: float | None = None
) -> list[Part]:
    """The pieces to paint, each in an area that may reach outside the image; none for an empty region (1, 1, h, w)
    in [0, 1].

    working_size: side of the square with as many pixels as an area is painted at; multiple: what a network's sides must
    be multiples of; only_squares: for networks that have learnt from squares alone. finest: how many times larger than
    its shape the refinement of a large area may be; None: everything is painted once.
    """
    parts = []
    for piece in split(region):
        box = bounding_box(piece, threshold=0.0)
        shape = shape_of(box, working_size, multiple, only_squares)
        area = area_around(box, shape)
        parts.append(Part(piece, area, shape, None if finest is None else refined_shape(area, shape, finest)))
    return parts


def shape_of(region: Box, working_size: int, multiple: int, only_squares: bool) -> Shape:
    """The (height, width) to paint a region's box at: about `working_size`² pixels, sides multiples of `multiple`, in
    the proportions of the box with context.
    """
    if only_squares:
        return working_size, working_size
    width, height = _with_context(region)
    stretch = math.sqrt(min(_LONGEST, max(1 / _LONGEST, width / height)))
    wide, high = (max(1, round(working_size * factor / multiple)) * multiple for factor in (stretch, 1 / stretch))
    return high, wide


def refined_shape(area: Box, shape: Shape, finest: float) -> Shape | None:
    """The (height, width) to paint an area at in the refinement pass: its own, but no more than `finest` times `shape`;
    None where `shape` is nearly enough.
    """
    enlarged = area.width / shape[1]
    if enlarged <= _ENLARGED:
        return None
    times = min(enlarged, finest)
    return round(shape[0] * times), round(shape[1] * times)


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
