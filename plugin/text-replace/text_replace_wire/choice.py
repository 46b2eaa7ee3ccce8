"""Which candidates an edit replaces: several become one, others are taken away from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from text_replace_wire.errors import BadSelection
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate
from text_replace_wire.planes import Plane


@dataclass(frozen=True)
class Choice:
    """The union of some candidates. mask: at the search copy's size, 0 or 255; box and edit_box: in layer pixels."""

    mask: Plane
    box: Box
    edit_box: Box


def union_of(candidates: Sequence[Candidate], ranks: Sequence[int], without: Sequence[int] = ()) -> Choice:
    """The union of the candidates with these ranks, less the pixels of those in `without`.

    Raises BadSelection for an unknown rank, for none at all, and where nothing is left.
    """
    by_rank = {each.rank: each for each in candidates}
    missing = [rank for rank in (*ranks, *without) if rank not in by_rank]
    if missing or not ranks:
        asked = f"There is no candidate {_listed(missing)}" if missing else "No candidate was chosen"
        there = f"choose from {_listed(by_rank)}" if by_rank else "nothing was found in this picture"
        raise BadSelection(f"{asked}: {there}.")
    chosen = [by_rank[rank] for rank in ranks]
    mask, box, edit_box = chosen[0].mask, chosen[0].box, chosen[0].edit_box
    for other in chosen[1:]:
        mask, box, edit_box = _either(mask, other.mask), box.union(other.box), edit_box.union(other.edit_box)
    for rank in without:
        mask = _less(mask, by_rank[rank].mask)
    if without and not any(mask.data):
        raise BadSelection("Nothing is left of the chosen candidates: take less away from them.")
    return Choice(mask, box, edit_box)


def _less(one: Plane, other: Plane) -> Plane:
    kept = int.from_bytes(one.data, "big") & ~int.from_bytes(other.data, "big")
    return Plane(one.width, one.height, one.channels, kept.to_bytes(len(one.data), "big"))


def _either(one: Plane, other: Plane) -> Plane:
    # Numbers of a million digits: the quickest OR of bytes in plain Python.
    both = int.from_bytes(one.data, "big") | int.from_bytes(other.data, "big")
    return Plane(one.width, one.height, one.channels, both.to_bytes(len(one.data), "big"))


def _listed(ranks: Sequence[int] | dict[int, Candidate]) -> str:
    return ", ".join(str(rank) for rank in sorted(ranks))
