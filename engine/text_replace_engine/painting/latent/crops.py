"""Crops: what of the picture a painter by latents sees, and at which size. They lie inside the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from text_replace_engine.painting.areas import Part, Shape
from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.region import split
from text_replace_engine.tensors import bounding_box, crop, resample
from text_replace_wire.geometry import Box, side_around

#: Context on every side: the larger of this share of the picture's longer side, and of the mean side of the region.
_OF_PICTURE = 1 / 16
_OF_REGION = 1 / 2
#: What is longer than so many times its shorter side is squeezed.
_LONGEST = 4.0
#: What was shrunk no more than so many times is sharp enough.
_SHRUNK = 1.5
#: What is painted again at its own size is so at no more than so many times the first's: 25 tiles.
FINEST = 4.0
#: Context of a close-up on every side, as a share of the region's longer side.
_CLOSE = 1 / 8
#: A close-up that shows no more than this share of what it could is not worth its time.
_FINER = 0.8


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
        return self.original * (1 - self._hidden) + 0.5 * self._hidden

    @property
    def filled(self) -> Tensor:
        """The original, with its surroundings blurred into all new cells: (1, 3, h, w) in [0, 1]."""
        return filled(self.original, self._hidden)

    def pasted(self, result: Tensor) -> Tensor:
        """A result (n, 3, h, w) in [0, 1] with the original around the region."""
        return result * self.region + self.original * (1 - self.region)

    @property
    def _hidden(self) -> Tensor:
        """(1, 1, h, w), 1 in all new cells."""
        return F.interpolate(self.cells, self.size, mode="nearest")


def parts_of(region: Tensor, working_size: int, multiple: int, least: int | None = None) -> list[Part]:
    """The pieces to paint of a region (1, 1, h, w) in [0, 1], each in a crop with context; none for an empty one.

    working_size: side of the square with as many pixels as a crop is painted at, at most; multiple: of which the
    painted sides are multiples; least: side of a crop at least, where the picture has room for it, and of the square
    up to which it is enlarged; None: `working_size`.
    """
    least = min(least or working_size, working_size)
    size = (region.shape[-1], region.shape[-2])
    parts = []
    for piece in split(region):
        area = crop_around(bounding_box(piece, threshold=0.0), size, least)
        side = min(working_size, max(least, math.isqrt(area.width * area.height)))
        parts.append(Part(piece, area, shape_of(area, side, multiple)))
    return parts


def native_parts(parts: Sequence[Part], multiple: int) -> dict[int, Part]:
    """Those parts that were shrunk much, by their number, at about the size that their crops have in the picture."""
    native = {}
    for number, part in enumerate(parts):
        shrunk = _shrunk(part)
        if shrunk > _SHRUNK:
            times = min(1.0, FINEST / shrunk) / multiple
            high, wide = (max(1, round(side * times)) * multiple for side in (part.area.height, part.area.width))
            native[number] = Part(part.region, part.area, (high, wide))
    return native


def close_ups(parts: Sequence[Part], working_size: int, multiple: int) -> dict[int, Part]:
    """Close-ups of those parts that were shrunk much, by their number: the region with little context, at its own size
    or at as many pixels as a part has at most; see `parts_of`.
    """
    finer = {}
    for number, part in enumerate(parts):
        size = (part.region.shape[-1], part.region.shape[-2])
        box = bounding_box(part.region, threshold=0.0)
        area = box.grown(math.ceil(_CLOSE * max(box.size))).clipped(size)
        close = Part(
            part.region, area, shape_of(area, min(working_size, math.isqrt(area.width * area.height)), multiple)
        )
        shrunk = _shrunk(part)
        if shrunk > _SHRUNK and _shrunk(close) < _FINER * shrunk:
            finer[number] = close
    return finer


def _shrunk(part: Part) -> float:
    """How many times a side."""
    return math.sqrt(part.area.width * part.area.height / (part.shape[0] * part.shape[1]))


def crop_around(region: Box, size: tuple[int, int], least: int) -> Box:
    """The crop with context around a region's box in a picture of `size` (width, height), at least `least` a side;
    moved, then cut, where it would reach outside.
    """
    context = 2 * max(_OF_PICTURE * max(size), _OF_REGION * (region.width + region.height) / 2)
    x0, x1 = side_around(region.x0, region.x1, size[0], max(math.ceil(region.width + context), least))
    y0, y1 = side_around(region.y0, region.y1, size[1], max(math.ceil(region.height + context), least))
    return Box(x0, y0, x1, y1)


def shape_of(area: Box, working_size: int, multiple: int) -> Shape:
    """The (height, width) to paint a crop at: no more than `working_size`² pixels, about in its proportions."""
    stretch = math.sqrt(min(_LONGEST, max(1 / _LONGEST, area.width / area.height)))
    wide, high = (max(1, int(working_size * factor / multiple)) * multiple for factor in (stretch, 1 / stretch))
    return high, wide


def view_of(image: Tensor, part: Part, multiple: int) -> View:
    """A part of an image (1, 3, h, w) in [0, 1] at the size that it is painted at."""
    region = crop(part.region, part.area)
    high, wide = part.shape
    # Every cell that the region touches: the U-Net is told of whole cells only, so a thin line would be lost.
    cells = F.adaptive_max_pool2d((region > 0).to(image), (high // multiple, wide // multiple))
    return View(resample(crop(image, part.area), part.shape), resample(region, part.shape), cells)
