"""Pointing at an object in a small preview of the layer: what a press, a move and a release of the mouse mean, and the
candidate that comes of it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Optional

from text_replace_wire.geometry import Box
from text_replace_wire.messages import Found

#: Pixels of the screen: the mouse moves so far in a click, too.
_LONGEST_CLICK = 4


@dataclass(frozen=True)
class Pointed:
    """In the layer's pixels: places (x, y) in one object, or a box around it; neither: it is named only."""

    points: tuple[tuple[int, int], ...] = ()
    box: Optional[Box] = None


def dragged(start: tuple[int, int], end: tuple[int, int], shown: tuple[int, int]) -> Optional[Box]:
    """The box between two places of a preview of size `shown`, both included; None where that was a click.

    The mouse may have left the preview: the box ends at its edge.
    """
    (x0, x1), (y0, y1) = (sorted(pair) for pair in zip(start, end))
    box = Box(x0, y0, x1 + 1, y1 + 1).clipped(shown)
    return None if max(x1 - x0, y1 - y0) < _LONGEST_CLICK or box.is_empty() else box


def at(place: tuple[int, int], shown: tuple[int, int], layer: tuple[int, int]) -> Pointed:
    """The pixel of the layer under the middle of a pixel of its preview."""
    (x, y), (across, down) = place, (there / here for here, there in zip(shown, layer))
    return Pointed(points=((int((x + 0.5) * across), int((y + 0.5) * down)),))


def within(box: Box, shown: tuple[int, int], layer: tuple[int, int]) -> Pointed:
    """The part of the layer under a box of its preview."""
    return Pointed(box=box.scaled(shown, layer))


def added(found: Optional[Found], new: Found) -> tuple[Found, int]:
    """`found` with the one candidate of `new`, which has the next rank; and that rank."""
    (candidate,) = new.candidates
    if found is None:
        return new, candidate.rank
    rank = max((each.rank for each in found.candidates), default=-1) + 1
    candidates = (*found.candidates, dataclasses.replace(candidate, rank=rank))
    return dataclasses.replace(found, candidates=candidates), rank
