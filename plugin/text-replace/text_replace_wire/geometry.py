"""Boxes in pixels of a layer. Origin top left; x1 and y1 are exclusive."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: The square that an edit sees is this many times the longer side of the object's box: room to grow, and context.
CONTEXT = 2.0
#: Networks of photographs see at least so many pixels a side, where the picture has them: as many as they learnt from.
LEAST_SEEN = 512
#: The copy that is searched has at most so many pixels a side.
SEARCH_SIDE = 1280


@dataclass(frozen=True)
class Box:
    """A half-open rectangle: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    def is_empty(self) -> bool:
        return self.x1 <= self.x0 or self.y1 <= self.y0

    def union(self, other: Box) -> Box:
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def shared(self, other: Box) -> Box:
        """The part that is in both; may be empty."""
        return Box(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))

    def clipped(self, size: tuple[int, int]) -> Box:
        """The part inside a layer of `size` (width, height); may be empty."""
        return Box(max(self.x0, 0), max(self.y0, 0), min(self.x1, size[0]), min(self.y1, size[1]))

    def grown(self, by: int) -> Box:
        """With `by` pixels more on every side."""
        return Box(self.x0 - by, self.y0 - by, self.x1 + by, self.y1 + by)

    def moved(self, x: int, y: int) -> Box:
        """The same size, `x` to the right and `y` down."""
        return Box(self.x0 + x, self.y0 + y, self.x1 + x, self.y1 + y)

    def scaled(self, source: tuple[int, int], target: tuple[int, int]) -> Box:
        """The smallest box of a layer of size `target` that covers this box of the same layer at size `source`."""
        sx, sy = target[0] / source[0], target[1] / source[1]
        return Box(
            math.floor(self.x0 * sx), math.floor(self.y0 * sy), math.ceil(self.x1 * sx), math.ceil(self.y1 * sy)
        ).clipped(target)


def edit_box(object_box: Box, layer_size: tuple[int, int]) -> Box:
    """The part of the layer that an edit of `object_box` needs: the square around it with context, cut to the layer."""
    half = max(object_box.width, object_box.height) * CONTEXT / 2
    cx, cy = (object_box.x0 + object_box.x1) / 2, (object_box.y0 + object_box.y1) / 2
    return Box(math.floor(cx - half), math.floor(cy - half), math.ceil(cx + half), math.ceil(cy + half)).clipped(
        layer_size
    )


def region_box(covered: Box, layer_size: tuple[int, int]) -> Box:
    """The part of the layer that an edit of a given region needs, whichever models paint it. covered: holds the region,
    inside the layer.
    """
    x0, x1 = side_around(covered.x0, covered.x1, layer_size[0], LEAST_SEEN)
    y0, y1 = side_around(covered.y0, covered.y1, layer_size[1], LEAST_SEEN)
    return edit_box(covered, layer_size).union(Box(x0, y0, x1, y1))


def side_around(start: int, stop: int, limit: int, least: int) -> tuple[int, int]:
    """Where a side starts and stops that has start:stop in its middle and is `least` long; it is moved, then cut, where
    it would reach outside of 0:limit.
    """
    length = min(limit, max(stop - start, least))
    first = min(max(0, (start + stop - length) // 2), limit - length)
    return first, first + length


def search_size(layer_size: tuple[int, int], longest: int = SEARCH_SIDE) -> tuple[int, int]:
    """The size of the copy that is searched: at most `longest` pixels a side, never enlarged, at least 1 by 1."""
    width, height = layer_size
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
