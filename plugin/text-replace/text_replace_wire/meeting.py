"""Where the regions of two edits of one picture meet: each pixel is that edit's whose object is nearer, and midway one
fades into the other. In plain Python, because GIMP's own Pythons have no numpy.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane, framed, multiplied

#: Points a side at which distances are measured; between them they are interpolated.
_GRID = 128
#: The fading takes the middle one of so many parts of the way from object to object.
_PARTS = 2
_INVERTED = bytes(255 - value for value in range(256))
_NOT_ZERO = bytes([0]) + bytes([255]) * 255
#: Object or not.
_HARD = bytes(255 if value > 127 else 0 for value in range(256))


@dataclass(frozen=True)
class Painted:
    """What one edit gave over `box` of the picture, one channel each: its edit region and its object."""

    box: Box
    region: Plane
    object_mask: Plane


def giving_way(later: Painted, earlier: Painted) -> Plane:
    """The region of `later`, which is laid over `earlier`, without what is nearer to the earlier object; the same plane
    where the regions do not meet. A pixel of both objects stays the later one's.
    """
    zone = _zone(later, earlier)
    if zone is None:
        return later.region
    share = multiplied(_share(zone, later, earlier), _part(earlier.object_mask, earlier, zone, _INVERTED), zone.width)
    own = int.from_bytes(_part(later.object_mask, later, zone, _HARD), "little")
    left = (int.from_bytes(share, "little") | own).to_bytes(len(share), "little").translate(_INVERTED)
    taken = Plane(*zone.size, 1, multiplied(left, framed(earlier.region, earlier.box, zone).data, zone.width))
    kept = framed(taken, zone, later.box).data.translate(_INVERTED)
    return Plane(*later.region.size, 1, multiplied(later.region.data, kept, later.box.width))


def _part(plane: Plane, of: Painted, zone: Box, table: bytes) -> bytes:
    return framed(plane, of.box, zone).data.translate(table)


def _zone(one: Painted, other: Painted) -> Optional[Box]:
    """Around all pixels of both regions."""
    shared = one.box.shared(other.box)
    if shared.is_empty():
        return None
    planes = (_part(each.region, each, shared, _NOT_ZERO) for each in (one, other))
    number = int.from_bytes(next(planes), "little") & int.from_bytes(next(planes), "little")
    both, width = number.to_bytes(shared.width * shared.height, "little"), shared.width
    rows = [both[start : start + width] for start in range(0, len(both), width)]
    there = [y for y, row in enumerate(rows) if any(row)]
    if not there:
        return None
    left = min(width - len(rows[y].lstrip(b"\0")) for y in there)
    right = max(len(rows[y].rstrip(b"\0")) for y in there)
    return Box(left, there[0], right, there[-1] + 1).moved(shared.x0, shared.y0)


def _share(zone: Box, later: Painted, earlier: Painted) -> bytes:
    """Of every pixel of the zone how much is the later edit's, 0 to 255."""
    # Farther away no object counts: the zone lies beside both.
    frame = zone.grown(max(zone.size)).shared(later.box.union(earlier.box))
    step = math.ceil(max(frame.size) / _GRID)
    columns, rows = range(frame.x0, frame.x1, step), range(frame.y0, frame.y1, step)
    near, far = (_distances(_sampled(each, columns, rows)) for each in (later, earlier))
    shares = [[_faded(a, b) for a, b in zip(*both)] for both in zip(near, far)]
    result, left = [], zone.x0 - frame.x0
    for y in range(zone.y0, zone.y1):
        low, high, part = _between(y - frame.y0, step, len(rows))
        points = [round(a + (b - a) * part) for a, b in zip(shares[low], shares[high])]
        row = b"".join(_ramp(a, b, step) for a, b in zip(points, points[1:] + points[-1:]))
        result.append(row[left : left + zone.width])
    return b"".join(result)


@functools.lru_cache(maxsize=4096)
def _ramp(first: int, last: int, steps: int) -> bytes:
    """From one value, 0 to 255, up to but without another: a pixel at a time would be slow in plain Python."""
    return bytes(first + (last - first) * place // steps for place in range(steps))


def _between(place: int, step: int, count: int) -> tuple[int, int, float]:
    """The two points of a grid around a place, and how far it is from the first to the second."""
    low = place // step
    return low, min(low + 1, count - 1), place % step / step


def _sampled(of: Painted, columns: range, rows: range) -> list[list[bool]]:
    """Whether the object is at these places of the picture."""
    box, data = of.box, of.object_mask.data
    found = []
    for y in rows:
        start = (y - box.y0) * box.width - box.x0 if box.y0 <= y < box.y1 else None
        found.append([start is not None and box.x0 <= x < box.x1 and data[start + x] > 127 for x in columns])
    return found


def _distances(inside: Sequence[Sequence[bool]]) -> list[list[float]]:
    """Of every point to the nearest one inside, by steps to neighbours, diagonal ones too (G. Borgefors, “Distance
    transformations in digital images”, CVGIP 34, 1986).
    """
    far = [[0.0 if is_inside else math.inf for is_inside in row] for row in inside]
    for _turn in range(2):
        above: Optional[list[float]] = None
        for row in far:
            before = math.inf
            for x, own in enumerate(row):
                nearest = min(own, before + 1)
                if above is not None:
                    sides = above[max(0, x - 1) : x + 2]
                    nearest = min(nearest, above[x] + 1, min(sides) + math.sqrt(2))
                row[x] = before = nearest
            above = row
        # The second turn begins at the other corner.
        far = [row[::-1] for row in reversed(far)]
    return far


def _faded(own: float, other: float) -> float:
    """By the distances to both objects, 0 to 255; none is infinitely far where the other is."""
    if own == 0 or other == math.inf:
        return 255.0
    way = 0.0 if own == math.inf else other / (own + other)
    return 255 * min(1.0, max(0.0, _PARTS * (way - 0.5) + 0.5))
