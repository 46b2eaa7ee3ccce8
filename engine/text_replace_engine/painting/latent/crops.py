"""Crops: what of the picture Stable Diffusion sees, and at which size. They lie inside the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from text_replace_engine.painting.areas import Part, Shape
from text_replace_engine.painting.latent.fill import filled
from text_replace_engine.painting.region import split
from text_replace_engine.tensors import bounding_box, crop, resample
from text_replace_wire.geometry import Box

#: Context on every side: the larger of this share of the picture's longer side, and of the mean side of the region.
_OF_PICTURE = 1 / 16
_OF_REGION = 1 / 2
#: What is longer than so many times its shorter side is squeezed.
_LONGEST = 4.0
#: What was shrunk more than so many times is painted a second time, at no more than so many times the first's size: 25
#: tiles.
_SHRUNK, FINEST = 1.5, 4.0


@dataclass(frozen=True)
class View:
    """A part as the networks see it. original: (1, 3, h, w) in [0, 1]; region: (1, 1, h, w) in [0, 1]; cells: 1 where
    latents are new, (1, 1, h / multiple, w / multiple).
    """

    original: Tensor
    region: Tensor
    cells: Tensor

    @property
    def size(self) -> Shape:
        """(height, width)."""
        return self.original.shape[-2], self.original.shape[-1]

    @property
    def masked(self) -> Tensor:
        """The original, medium grey in all new cells: (1, 3, h, w) in [0, 1]."""
        hidden = F.interpolate(self.cells, self.size, mode="nearest")
        return self.original * (1 - hidden) + 0.5 * hidden

    @property
    def filled(self) -> Tensor:
        """The original, with its surroundings blurred into all new cells: (1, 3, h, w) in [0, 1]."""
        return filled(self.original, self.cells)

    def pasted(self, result: Tensor) -> Tensor:
        """A result (n, 3, h, w) in [0, 1] with the original around the region."""
        return result * self.region + self.original * (1 - self.region)


def parts_of(region: Tensor, working_size: int, multiple: int, refine: bool = False) -> list[Part]:
    """The pieces to paint of a region (1, 1, h, w) in [0, 1], each in a crop with context; none for an empty one.

    working_size: side of the square with as many pixels as a crop is painted at, and the least side of a crop where the
    picture has room for it; multiple: of which the painted sides are multiples; refine: whether large parts have a
    refined shape.
    """
    size = (region.shape[-1], region.shape[-2])
    parts = []
    for piece in split(region):
        area = crop_around(bounding_box(piece, threshold=0.0), size, working_size)
        shape = shape_of(area, working_size, multiple)
        parts.append(Part(piece, area, shape, refined_shape(area, shape, multiple) if refine else None))
    return parts


def crop_around(region: Box, size: tuple[int, int], least: int) -> Box:
    """The crop with context around a region's box in a picture of `size` (width, height), at least `least` a side;
    moved, then cut, where it would reach outside.
    """
    context = max(_OF_PICTURE * max(size), _OF_REGION * (region.width + region.height) / 2)
    x0, x1 = _side(region.x0, region.x1, size[0], context, least)
    y0, y1 = _side(region.y0, region.y1, size[1], context, least)
    return Box(x0, y0, x1, y1)


def _side(start: int, stop: int, limit: int, context: float, least: int) -> tuple[int, int]:
    length = min(limit, max(math.ceil(stop - start + 2 * context), least))
    first = min(max(0, (start + stop - length) // 2), limit - length)
    return first, first + length


def shape_of(area: Box, working_size: int, multiple: int) -> Shape:
    """The (height, width) to paint a crop at: about `working_size`² pixels in its proportions."""
    stretch = math.sqrt(min(_LONGEST, max(1 / _LONGEST, area.width / area.height)))
    wide, high = (max(1, round(working_size * factor / multiple)) * multiple for factor in (stretch, 1 / stretch))
    return high, wide


def refined_shape(area: Box, shape: Shape, multiple: int) -> Shape | None:
    """The (height, width) to paint a crop at for the second time: about its own; None where `shape` is nearly that."""
    shrunk = math.sqrt(area.width * area.height / (shape[0] * shape[1]))
    if shrunk <= _SHRUNK:
        return None
    times = min(1.0, FINEST / shrunk)
    high, wide = (max(1, round(side * times / multiple)) * multiple for side in (area.height, area.width))
    return high, wide


def view_of(image: Tensor, part: Part, shape: Shape, multiple: int) -> View:
    """A part of an image (1, 3, h, w) in [0, 1] at a size to paint it at."""
    region = crop(part.region, part.area)
    high, wide = shape
    # Every cell that the region touches: the U-Net is told of whole cells only, so a thin line would be lost.
    cells = F.adaptive_max_pool2d((region > 0).to(image), (high // multiple, wide // multiple))
    return View(resample(crop(image, part.area), shape), resample(region, shape), cells)
