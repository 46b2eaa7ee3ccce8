"""A rolling pool of composed samples, a function of seed and step: a resumed training sees the same data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sample = tuple[NDArray[Any] | np.generic, ...]
Batch = tuple[NDArray[Any], ...]


class Pool:
    """Holds the newest `size` samples of an endless stream; `fresh` new ones come in at each step.

    Sample i of the stream is `compose(Generator of (seed, i))`; the batch of a step is drawn by a Generator of
    (seed, step).
    """

    def __init__(self, compose: Callable[[np.random.Generator], Sample], size: int, fresh: int, seed: int) -> None:
        self._compose, self._size, self._fresh, self._seed = compose, size, fresh, seed
        self._arrays: list[NDArray[Any]] = []
        self._end = 0

    def batch(self, step: int, count: int) -> Batch:
        """`count` samples for a step, each field stacked along a new first axis."""
        self._advance(self._size + step * self._fresh)
        chosen = np.random.default_rng((self._seed, 1, step)).integers(0, self._size, count)
        return tuple(array[chosen] for array in self._arrays)

    def _advance(self, end: int) -> None:
        for index in range(max(self._end, end - self._size), end):
            sample = self._compose(np.random.default_rng((self._seed, 0, index)))
            if not self._arrays:
                self._arrays = [np.empty((self._size, *np.shape(field)), np.asarray(field).dtype) for field in sample]
            for array, field in zip(self._arrays, sample, strict=True):
                array[index % self._size] = field
        self._end = max(self._end, end)
