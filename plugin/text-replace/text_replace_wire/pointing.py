"""Pointing at an object instead of naming it: at places in it, or at a box around it."""

from __future__ import annotations

from typing import Optional

from text_replace_wire.errors import BadSelection
from text_replace_wire.geometry import Box

#: Places that are pointed at in one search.
MAX_POINTS = 64


def check_pointed(points: tuple[tuple[int, int], ...], box: Optional[Box], size: tuple[int, int]) -> None:
    """Raises BadSelection where a point, or a part of the box, is outside a layer of `size`, or the box is empty."""
    if len(points) > MAX_POINTS:
        raise BadSelection(f"{len(points)} points were given; use at most {MAX_POINTS}.")
    for x, y in points:
        if not (0 <= x < size[0] and 0 <= y < size[1]):
            raise BadSelection(f"The point {x},{y} is outside the picture of {size[0]}×{size[1]} pixels.")
    if box is not None and (box.is_empty() or box != box.clipped(size)):
        raise BadSelection(
            f"The box {box.x0},{box.y0},{box.x1},{box.y1} is empty, or not inside the picture of "
            f"{size[0]}×{size[1]} pixels."
        )
