"""Single objects among candidates, which may be parts and unions of them, and how they lie to each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from text_replace_engine.finding.finder import Seen
from text_replace_wire.geometry import Box

#: Of two candidates that share this part of the smaller one, the better one stands for both.
_SAME = 0.5
#: A candidate is a union where others, each at least such a part of it and apart from each other, make up most of it.
_PART = 0.08
_MOST = 0.75


class Object:
    """One object. place: its candidate's, from the best, 0."""

    def __init__(self, place: int, seen: Seen) -> None:
        self.place = place
        self.label = seen.label
        self.pixels = seen.pixels
        self.box: Box = seen.box
        self.area = int(seen.pixels.sum())

    @property
    def centre(self) -> tuple[float, float]:
        """Of its box, (x, y) in pixels."""
        return (self.box.x0 + self.box.x1) / 2, (self.box.y0 + self.box.y1) / 2

    def gap(self, other: Object) -> float:
        """Pixels between it and another one; 0 where they touch."""
        return float(self._distances[other.pixels].min())

    @cached_property
    def _distances(self) -> NDArray[np.float64]:
        distances: NDArray[np.float64] = ndimage.distance_transform_edt(~self.pixels)
        return distances


def objects(ranked: Sequence[Seen], places: Sequence[int]) -> list[Object]:
    """The objects that the candidates at these places in `ranked` show, each once, in the order of `places`."""
    every = [Object(place, seen) for place, seen in enumerate(ranked)]
    named = [every[place] for place in places]
    parts = {each.place: _parts(each, every) for each in named}
    unions = {place for place, own in parts.items() if own and not _belong_together(own, named)}
    kept: list[Object] = []
    # What parts make up goes before these.
    for each in sorted(named, key=lambda each: not parts[each.place]):
        if each.place not in unions and all(_shared(each, other) < _SAME for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda each: places.index(each.place))


def _shared(first: Object, second: Object) -> float:
    return float((first.pixels & second.pixels).sum()) / min(first.area, second.area)


def _parts(whole: Object, every: Sequence[Object]) -> list[Object]:
    """Those, apart from each other, that make it up; none where there are no two."""
    parts: list[Object] = []
    for other in every:
        is_part = _PART * whole.area <= other.area < whole.area and _shared(other, whole) > _MOST
        if is_part and all(_shared(other, part) < _SAME for part in parts):
            parts.append(other)
    is_made_of_them = len(parts) > 1 and sum(part.area for part in parts) >= _MOST * whole.area
    return parts if is_made_of_them else []


def _belong_together(parts: Sequence[Object], named: Sequence[Object]) -> bool:
    """Whether parts are one object: where none is `named` by itself, or one, and another has the same label."""
    own = [part for part in parts if part in named]
    others = [part for part in parts if part not in named]
    return not own or (len(own) == 1 and any(other.label == own[0].label for other in others))
