"""How a tool may have made a picture of another shape of the original: a scale for each axis, and an offset."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from text_replace_wire.geometry import Box

Size = tuple[int, int]

#: Sizes are rounded: two shapes differ where they do so by more than this, in pixels of the smaller picture.
_ROUNDING = 1.5
#: A pixel of which less than this is missing is covered.
_MISSING = 0.05


@dataclass(frozen=True)
class Placement:
    """The picture's point (x, y) lies at (left + x·across, top + y·down) of the original, both in pixels."""

    across: float
    down: float
    left: float = 0.0
    top: float = 0.0

    def scaled(self, by: float) -> Placement:
        """The same in an original of `by` times the size."""
        return Placement(self.across * by, self.down * by, self.left * by, self.top * by)

    def covers(self, picture: Size, original: Size) -> Box:
        """The pixels of an original that lie wholly in a picture; both sizes are (width, height)."""
        (x0, x1), (y0, y1) = (
            (
                math.ceil(max(0.0, start) - _MISSING),
                math.floor(min(float(whole), start + length * scale) + _MISSING),
            )
            for start, length, scale, whole in (
                (self.left, picture[0], self.across, original[0]),
                (self.top, picture[1], self.down, original[1]),
            )
        )
        return Box(x0, y0, x1, y1)

    def placed(self, picture: Image.Image, box: Box) -> Image.Image:
        """The picture's pixels in `box` of the original, which it covers; one of that very size stays as it is."""
        left, top = (box.x0 - self.left) / self.across, (box.y0 - self.top) / self.down
        right, bottom = (box.x1 - self.left) / self.across, (box.y1 - self.top) / self.down
        part = (max(0.0, left), max(0.0, top), min(picture.width, right), min(picture.height, bottom))
        return picture.resize(box.size, Image.Resampling.BICUBIC, part, reducing_gap=3.0)


@dataclass(frozen=True)
class Shape:
    """One way. how: for notes. span: pixels of the original over which the offset may range. at: the placement for a
    share of that, 0 to 1. steps: in how many whole pixels, of the original or of the picture, that range is divided.
    """

    how: str
    at: Callable[[float], Placement]
    span: float = 0.0
    steps: int = 0


def shapes(picture: Size, original: Size) -> tuple[Shape, ...]:
    """Those that a picture may have; sizes are (width, height). A picture of the original's shape is all of it."""
    (w, h), (width, height) = picture, original
    stretched = Placement(width / w, height / h)
    if picture == original:
        return (Shape("in its own size", lambda _: stretched),)
    if min(abs(h * width / w - height), abs(height * w / width - h)) <= _ROUNDING:
        return (Shape("scaled", lambda _: stretched),)
    return _cropped(picture, original), _bordered(picture, original), Shape("stretched", lambda _: stretched)


def _cropped(picture: Size, original: Size) -> Shape:
    """The largest part of that shape, from one edge to the other."""
    (w, h), (width, height) = picture, original
    scale = min(width / w, height / h)
    inner = round(w * scale), round(h * scale)
    across, down = inner[0] / w, inner[1] / h
    free = width - inner[0], height - inner[1]
    return Shape("cropped", lambda t: Placement(across, down, free[0] * t, free[1] * t), max(free), max(free))


def _bordered(picture: Size, original: Size) -> Shape:
    """All of the original, with borders above and below, or on the left and the right."""
    (w, h), (width, height) = picture, original
    scale = max(width / w, height / h)
    inner = max(1, round(width / scale)), max(1, round(height / scale))
    across, down = width / inner[0], height / inner[1]
    free = w - inner[0], h - inner[1]
    return Shape(
        "with borders",
        lambda t: Placement(across, down, -free[0] * across * t, -free[1] * down * t),
        max(free[0] * across, free[1] * down),
        max(free),
    )
