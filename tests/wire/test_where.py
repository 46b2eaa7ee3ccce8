"""The union of candidates that an edit replaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_replace_wire.errors import BadSelection
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate
from text_replace_wire.planes import Plane
from text_replace_wire.where import union_of

MASKS = st.lists(st.sampled_from([0, 255]), min_size=12, max_size=12).map(bytes)


def candidate(rank: int, mask: bytes, box: Box) -> Candidate:
    grown = Box(box.x0 - 1, box.y0 - 1, box.x1 + 1, box.y1 + 1)
    return Candidate(rank, f"thing {rank}", 0.5, 0.5, box, grown, 1, Plane(4, 3, 1, mask))


@given(st.lists(MASKS, min_size=1, max_size=5), st.data())
def test_union_covers_exactly_the_chosen(masks: list[bytes], data: st.DataObject) -> None:
    """Mask: a pixel is set where any chosen candidate is; box: the smallest around what each of them needs."""
    candidates = [candidate(rank, mask, Box(rank, 10 - rank, rank + 5, 20)) for rank, mask in enumerate(masks)]
    ranks = data.draw(st.lists(st.sampled_from(range(len(masks))), min_size=1))
    mask, box = union_of(candidates, ranks)
    assert mask == Plane(4, 3, 1, bytes(max(masks[rank][i] for rank in ranks) for i in range(12)))
    assert box == Box(min(ranks) - 1, 9 - max(ranks), max(ranks) + 6, 21)


def test_taking_away_leaves_the_rest() -> None:
    """Pixels of the candidates taken away are not replaced; taking all away is refused, as is an unknown rank."""
    one, two = bytes([255, 255, 0] * 4), bytes([0, 255, 255] * 4)
    candidates = [candidate(0, one, Box(0, 0, 2, 2)), candidate(1, two, Box(1, 1, 3, 3))]
    assert union_of(candidates, [0], [1])[0].data == bytes([255, 0, 0] * 4)
    with pytest.raises(BadSelection, match="Nothing is left"):
        union_of(candidates, [0, 1], [1, 0])
    with pytest.raises(BadSelection, match="no candidate 5"):
        union_of(candidates, [0], [5])


@pytest.mark.parametrize(
    ("ranks", "sentence"), [([3, 1, 7], "no candidate 3, 7: choose from 0, 1"), ([], "No candidate was chosen")]
)
def test_unknown_rank_is_refused_with_the_known_ones(ranks: list[int], sentence: str) -> None:
    """A rank that is not there is the user's mistake, and the sentence says which there are."""
    candidates = [candidate(rank, bytes(12), Box(0, 0, 1, 1)) for rank in (0, 1)]
    with pytest.raises(BadSelection, match=sentence):
        union_of(candidates, ranks)


def test_nothing_to_choose_from() -> None:
    """Picking from an empty result says that nothing was found."""
    with pytest.raises(BadSelection, match="nothing was found"):
        union_of([], [0])
