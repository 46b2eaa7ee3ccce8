"""Training data is a function of seed and step, and comes from the newest that was made."""

from __future__ import annotations

import torch
from torch import Tensor

from text_replace_engine.lab.train.stream import Stream


def stream(made: list[int]) -> Stream:
    """Chunks of four rows, each row the number of its chunk; at most 12 rows are kept."""

    def make(number: int) -> tuple[Tensor, ...]:
        made.append(number)
        return torch.full((4, 2), number), torch.full((4,), number)

    return Stream(make, chunk=4, size=12, first=8, fresh=2, seed=1)


def test_a_resumed_training_sees_the_same_data() -> None:
    """A step's batch is the same whether or not the steps before it were asked for."""
    made: list[int] = []
    whole, resumed = stream([]), stream(made)
    seen = [whole.batch(step, 5) for step in range(12)]
    again = [resumed.batch(step, 5) for step in range(9, 12)]
    for before, after in zip(seen[9:], again, strict=True):
        assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))
    assert made == [3, 4, 5, 6]


def test_the_oldest_make_room_for_the_newest() -> None:
    """Two chunks to begin with, then one more every second step, and the newest three of them."""
    data = stream([])
    pools = [set(data.batch(step, 200)[1].tolist()) for step in (0, 1, 2, 4, 8)]
    assert pools == [{0, 1}, {0, 1}, {0, 1, 2}, {1, 2, 3}, {3, 4, 5}]
