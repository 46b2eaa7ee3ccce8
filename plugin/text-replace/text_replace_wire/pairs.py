"""Several replacements in one run: what is typed for them, which exclude each other, and who gives way where they meet.

Every pair is looked for in the original picture and painted from it, so two objects can change places. What was painted
is laid over the picture in the pairs' order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Optional

from text_replace_wire.api import IsCancelled, never
from text_replace_wire.errors import BadSelection, Cancelled, NotFound, UserError
from text_replace_wire.geometry import Box
from text_replace_wire.meeting import Painted, giving_way
from text_replace_wire.messages import Found
from text_replace_wire.planes import Plane, framed, multiplied
from text_replace_wire.prompts import shown
from text_replace_wire.where import Where, chosen

MAX_PAIRS = 8
#: Of the smaller of two objects: where they share more pixels, both mean the same part of the picture.
_SHARED = 0.25
_INVERTED = bytes(255 - value for value in range(256))


@dataclass(frozen=True)
class Pair:
    """What is in the picture, and what is put in its place: nothing where it is removed."""

    replace: str
    with_: str = ""

    def __str__(self) -> str:
        """As a sentence names it."""
        return f"“{shown(self.replace)}”" + (f" → “{shown(self.with_)}”" if self.with_ else "")


def typed(replace: str, with_: str) -> tuple[Pair, ...]:
    """The pairs, at least one, in two texts that have a line for each. A line that is blank in both is none. Where only
    one object is to be replaced, what is put in its place may be described in several lines.
    """
    if "\n" not in replace:
        described = " ".join(filter(None, map(str.strip, with_.split("\n"))))
        return (Pair(replace.strip(), described),)
    lines = replace.split("\n"), with_.split("\n")
    count = max(map(len, lines))
    columns = ([line.strip() for line in text] + [""] * (count - len(text)) for text in lines)
    return tuple(Pair(*both) for both in zip(*columns) if any(both)) or (Pair(""),)


def written(pairs: Sequence[Pair]) -> tuple[str, str]:
    """The two texts that `typed` reads. A line break inside a description is a space."""
    columns = zip(*((pair.replace.replace("\n", " "), pair.with_.replace("\n", " ")) for pair in pairs))
    replace, with_ = ("\n".join(column) for column in columns)
    return replace, with_


def matched(before: Sequence[Optional[str]], now: Sequence[str]) -> list[Optional[int]]:
    """Of each word the number of the one that it was before, each of which is taken once; None where it is new."""
    left: list[Optional[str]] = list(before)
    numbers: list[Optional[int]] = []
    for word in now:
        numbers.append(left.index(word) if word in left else None)
        if numbers[-1] is not None:
            left[numbers[-1]] = None
    return numbers


def check_number(count: int) -> None:
    """Raises UserError for more pairs than one run takes."""
    if count > MAX_PAIRS:
        raise UserError(f"{count} objects are too many for one run: replace {MAX_PAIRS} at once, then the others.")


def place_of(
    pair: Pair, found: Found, among: Sequence[Pair], picked: Sequence[int] = (), without: Sequence[int] = ()
) -> Where:
    """As `where.chosen`, for one of several pairs: NotFound says for which."""
    if not picked and not found.chosen and len(among) > 1:
        raise NotFound(f"{pair}: {found.explanation}")
    return chosen(found, picked, without)


def check_apart(pairs: Sequence[Pair], places: Sequence[Where]) -> None:
    """Raises BadSelection, which names both, where two pairs mean the same part of the picture. places: of objects."""
    for later, place in enumerate(places):
        for earlier in range(later):
            if _share(places[earlier].mask, place.mask) > _SHARED:
                raise BadSelection(
                    f"{pairs[earlier]} and {pairs[later]} are the same part of the picture: leave one out, or replace "
                    "one after the other."
                )


def _share(one: Plane, other: Plane) -> float:
    """Of the smaller object's pixels, how many both have. Masks of one size, 0 or 255."""
    sizes = [len(mask.data) - mask.data.count(0) for mask in (one, other)]
    both = int.from_bytes(one.data, "little") & int.from_bytes(other.data, "little")
    shared = len(one.data) - both.to_bytes(len(one.data), "little").count(0)
    return shared / max(1, min(sizes))


def given_way(painted: Sequence[Painted], cancelled: IsCancelled = never) -> list[Plane]:
    """The edit regions with which what was painted of each pair is laid over the picture, one after the other: see
    `meeting.giving_way`. Regions that do not meet stay as they are. Raises Cancelled; two large ones take a second.
    """
    regions = []
    for number, later in enumerate(painted):
        for earlier in painted[:number]:
            if cancelled():
                raise Cancelled
            later = replace(later, region=giving_way(later, earlier))
        regions.append(later.region)
    return regions


def union(regions: Sequence[Plane], boxes: Sequence[Box]) -> tuple[Plane, Box]:
    """How much of the picture is new where `regions` lie over each other, and the box around them."""
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    if len(regions) == 1:
        return regions[0], whole
    left = b"\xff" * (whole.width * whole.height)
    for region, box in zip(regions, boxes):
        left = multiplied(left, framed(region, box, whole).data.translate(_INVERTED), whole.width)
    return Plane(*whole.size, 1, left.translate(_INVERTED)), whole
