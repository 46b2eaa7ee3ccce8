"""The newest of an endless stream of samples, as `pool`, but as tensors on the device, made by the chunk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Fields = tuple[Tensor, ...]


class Stream:
    """Chunk i of the stream is `make(i)`: fields, each with `chunk` rows. The batch of a step is drawn by a Generator
    of (seed, step), so a resumed training sees the same data.
    """

    def __init__(self, make: Callable[[int], Fields], chunk: int, size: int, first: int, fresh: int, seed: int) -> None:
        """Holds `first` rows to begin with, and `fresh` more at each step until there are `size`; then the newest. All
        but `fresh` are multiples of `chunk`.
        """
        self._make, self._chunk, self._seed = make, chunk, seed
        self._size, self._first, self._fresh = size, first, fresh
        self._fields: Fields = ()
        self._end = 0  # in chunks

    def batch(self, step: int, count: int) -> Fields:
        """`count` rows for a step, of every field."""
        places = self._size // self._chunk
        end = (self._first + step * self._fresh) // self._chunk
        for number in range(max(self._end, end - places), end):
            made = self._make(number)
            if not self._fields:
                self._fields = tuple(field.new_empty(self._size, *field.shape[1:]) for field in made)
            start = number % places * self._chunk
            for kept, new in zip(self._fields, made, strict=True):
                kept[start : start + self._chunk] = new
        self._end = max(self._end, end)
        rng = np.random.default_rng((self._seed, 1, step))
        # Before the first round is full, what there is lies at the beginning.
        chosen = torch.from_numpy(rng.integers(0, min(end, places) * self._chunk, count))
        return tuple(field[chosen.to(field.device)] for field in self._fields)
