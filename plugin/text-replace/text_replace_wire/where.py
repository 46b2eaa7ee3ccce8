"""Where an edit paints: candidates that become one, others taken away from it; or a region that was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Optional

from text_replace_wire.errors import BadSelection, NotFound
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate, Found, MaskKind
from text_replace_wire.planes import Plane


@dataclass(frozen=True)
class Limit:
    """A selection over `box` of the layer."""

    plane: Plane
    box: Box


@dataclass(frozen=True)
class Where:
    """A mask, and the part of the layer that an edit of it needs before growth and feather.

    mask: kind OBJECT: of the whole layer at the search copy's size; kind REGION: of `box`, used as it is.
    picked, without: ranks of the candidates that it was made of; empty for a REGION.
    limit: what the selection was when this was recorded; else an edit is limited by the selection there is.
    """

    kind: MaskKind
    mask: Plane
    box: Box
    picked: tuple[int, ...] = ()
    without: tuple[int, ...] = ()
    recorded: bool = False
    limit: Optional[Limit] = None


def chosen(found: Found, picked: Sequence[int] = (), without: Sequence[int] = ()) -> Where:
    """The union of the candidates `picked` (empty: the engine's choice), less those in `without`.

    Raises NotFound where there is nothing to choose, and BadSelection as `union_of`.
    """
    ranks = tuple(picked) or found.chosen
    if not ranks:
        raise NotFound(found.explanation)
    mask, box = union_of(found.candidates, ranks, without)
    return Where(MaskKind.OBJECT, mask, box, ranks, tuple(without))


def union_of(candidates: Sequence[Candidate], ranks: Sequence[int], without: Sequence[int] = ()) -> tuple[Plane, Box]:
    """The mask (0 or 255, at the search copy's size) of the union of the candidates with these ranks, less the pixels
    of those in `without`; and the part of the layer that an edit of it needs.

    Raises BadSelection for an unknown rank, for none at all, and where nothing is left.
    """
    by_rank = {candidate.rank: candidate for candidate in candidates}
    missing = [rank for rank in (*ranks, *without) if rank not in by_rank]
    if missing or not ranks:
        asked = f"There is no candidate {_listed(missing)}" if missing else "No candidate was chosen"
        there = f"choose from {_listed(by_rank)}" if by_rank else "nothing was found in this picture"
        raise BadSelection(f"{asked}: {there}.")
    first, *others = (by_rank[rank] for rank in ranks)
    mask, box = first.mask, first.edit_box
    for other in others:
        mask, box = _either(mask, other.mask), box.union(other.edit_box)
    for rank in without:
        mask = _less(mask, by_rank[rank].mask)
    if without and not any(mask.data):
        raise BadSelection("Nothing is left of the chosen candidates: take less away from them.")
    return mask, box


def _less(one: Plane, other: Plane) -> Plane:
    kept = int.from_bytes(one.data, "big") & ~int.from_bytes(other.data, "big")
    return Plane(one.width, one.height, one.channels, kept.to_bytes(len(one.data), "big"))


def _either(one: Plane, other: Plane) -> Plane:
    # Numbers of a million digits: the quickest OR of bytes in plain Python.
    both = int.from_bytes(one.data, "big") | int.from_bytes(other.data, "big")
    return Plane(one.width, one.height, one.channels, both.to_bytes(len(one.data), "big"))


def _listed(ranks: Iterable[int]) -> str:
    return ", ".join(str(rank) for rank in sorted(ranks))
