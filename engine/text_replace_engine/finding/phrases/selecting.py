"""Which of the objects that a noun names are meant."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from text_replace_engine.finding.phrases.asked import Group
from text_replace_engine.finding.phrases.objects import Object

Measure = Callable[[Object], float]

_DIRECTIONS: Mapping[str, tuple[int, int]] = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}
#: The larger the number, the more an object is so.
_SIZES: Mapping[str, Measure] = {
    "biggest": lambda each: each.area,
    "smallest": lambda each: -each.area,
    "tallest": lambda each: each.box.height,
    "shortest": lambda each: -each.box.height,
    "widest": lambda each: each.box.width,
    "narrowest": lambda each: -each.box.width,
}
#: Several are next to another where they are no farther from it than this share of the picture's diagonal, or as near
#: as the nearest.
_NEAR = 0.1


def selected(group: Group, pool: Sequence[Object], others: Sequence[Sequence[Object]]) -> list[Object]:
    """Those of the objects `pool` that a group means, before its exceptions; empty where it means one that is not
    there. others: the objects that each group of its relation means.
    """
    left = _related(group, pool, others) if group.relation else list(pool)
    if group.exact and len(left) != group.count:
        return []
    if "middle" in group.places:
        return _middle(left, group)
    if group.size is not None:
        left = _beyond_the_middle(left, _towards(group.places)) if group.places else left
        return _most(left, _SIZES[group.size], group)
    if group.places:
        return _most(left, _towards(group.places), group)
    if group.ordinal is not None:
        return _most(left, lambda each: -in_order(left).index(each), group)
    if group.count is not None:
        return left[: group.count] if len(left) >= group.count else []
    if group.every:
        return left
    return _nearest(left, others)[:1] if group.relation else left[:1]


def in_order(objects: Sequence[Object]) -> list[Object]:
    """From left to right, or from top to bottom where that is how they lie."""
    axis = 0 if is_row(objects) else 1
    return sorted(objects, key=lambda each: each.centre[axis])


def is_row(objects: Sequence[Object]) -> bool:
    """Whether objects lie rather beside than above each other."""
    wide, high = (_spread([each.centre[axis] for each in objects]) for axis in (0, 1))
    return wide >= high


def _spread(values: Sequence[float]) -> float:
    return max(values) - min(values) if values else 0.0


def _towards(places: Sequence[str]) -> Measure:
    """How far an object lies that way; of two ways, as far as its size."""
    across, down = (sum(_DIRECTIONS[place][axis] for place in places) for axis in (0, 1))
    return lambda each: across * each.centre[0] + down * each.centre[1]


def _most(objects: Sequence[Object], measure: Measure, group: Group) -> list[Object]:
    """The one that is it most, the n-th, so many of them, or all that are rather so than not."""
    ranked = sorted(objects, key=measure, reverse=True)
    if group.count is not None:
        ranked = ranked[::-1] if group.ordinal == -1 else ranked
        return ranked[: group.count] if len(ranked) >= group.count else []
    if group.ordinal is not None:
        place = group.ordinal - 1 if group.ordinal > 0 else len(ranked) + group.ordinal
        return ranked[place : place + 1] if place >= 0 else []
    return _beyond_the_middle(ranked, measure) if group.every else ranked[:1]


def _beyond_the_middle(objects: Sequence[Object], measure: Measure) -> list[Object]:
    """Those beyond the middle between the two that are it most and least."""
    values = [measure(each) for each in objects]
    if not values or min(values) == max(values):
        return list(objects)
    middle = (min(values) + max(values)) / 2
    return [each for each, value in zip(objects, values, strict=True) if value > middle]


def _middle(objects: Sequence[Object], group: Group) -> list[Object]:
    """The one in the middle; of an even number the one nearest to the middle between the outer ones; of two none."""
    beside = [place for place in group.places if place != "middle"]
    if len(objects) == 2 and not beside:
        return []
    if beside:
        # “the middle left one”
        return _most(objects, _towards(beside), group)
    ordered = in_order(objects)
    if len(ordered) % 2:
        return ordered[len(ordered) // 2 :][:1]
    axis = 0 if is_row(objects) else 1
    middle = (ordered[0].centre[axis] + ordered[-1].centre[axis]) / 2 if ordered else 0.0
    return sorted(ordered, key=lambda each: abs(each.centre[axis] - middle))[:1]


def _related(group: Group, pool: Sequence[Object], others: Sequence[Sequence[Object]]) -> list[Object]:
    """Those that lie so to the others; none where these are not there."""
    if not all(others):
        return []
    targets = [target for each in others for target in each]
    free = [each for each in pool if all(each.place != target.place for target in targets)]
    match group.relation:
        case "left":
            return [each for each in free if any(each.centre[0] < target.centre[0] for target in targets)]
        case "right":
            return [each for each in free if any(each.centre[0] > target.centre[0] for target in targets)]
        case "above":
            return [each for each in free if any(each.centre[1] < target.centre[1] for target in targets)]
        case "below":
            return [each for each in free if any(each.centre[1] > target.centre[1] for target in targets)]
        case "between":
            return _between(free, targets)
        case _:
            return _near(free, others)


def _between(objects: Sequence[Object], targets: Sequence[Object]) -> list[Object]:
    """Those between the first and the last target, nearest to the middle first."""
    (x0, y0), (x1, y1) = targets[0].centre, targets[-1].centre
    length = max(1e-9, math.hypot(x1 - x0, y1 - y0))

    def share(each: Object) -> float:
        x, y = each.centre
        return ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length**2

    inside = [each for each in objects if 0 < share(each) < 1]
    return sorted(inside, key=lambda each: math.dist(each.centre, ((x0 + x1) / 2, (y0 + y1) / 2)))


def _near(objects: Sequence[Object], others: Sequence[Sequence[Object]]) -> list[Object]:
    nearest = _nearest(objects, others)
    if not nearest:
        return []
    height, width = nearest[0].pixels.shape
    reach = max(_gap(nearest[0], others), _NEAR * math.hypot(height, width))
    return [each for each in nearest if _gap(each, others) <= reach]


def _nearest(objects: Sequence[Object], others: Sequence[Sequence[Object]]) -> list[Object]:
    return sorted(objects, key=lambda each: _gap(each, others))


def _gap(each: Object, others: Sequence[Sequence[Object]]) -> float:
    """To the nearest of every group, added up: next to the cat and the dog is near both."""
    return sum(min(target.gap(each) for target in targets) for targets in others)
