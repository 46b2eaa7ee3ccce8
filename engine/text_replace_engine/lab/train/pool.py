"""A rolling pool of composed samples, a function of seed and step: a resumed training sees the same data."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from text_replace_engine.lab.train.loop import WORKERS

TrainingSample = tuple[NDArray[Any] | np.generic, ...]
TrainingBatch = tuple[NDArray[Any], ...]
_CHUNK = 32  # samples that a worker composes at a time


class Pool:
    """Holds the newest `size` samples of an endless stream; `fresh` new ones come in at each step.

    Sample i of the stream is `compose(Generator of (seed, i))`; the batch of a step is drawn by a Generator of
    (seed, step). `workers` are processes that compose ahead; without them it happens when a batch is asked for.
    """

    def __init__(
        self,
        compose: Callable[[np.random.Generator], TrainingSample],
        size: int,
        fresh: int,
        seed: int,
        workers: int = WORKERS,
    ) -> None:
        self._samples, self._workers = _Samples(compose, seed), workers
        self._size, self._fresh, self._seed = size, fresh, seed
        self._arrays: list[NDArray[Any]] = []
        self._coming: Iterator[TrainingSample] = iter(())
        self._end = 0

    def batch(self, step: int, count: int) -> TrainingBatch:
        """`count` samples for a step, each field stacked along a new first axis."""
        self._advance(self._size + step * self._fresh)
        chosen = np.random.default_rng((self._seed, 1, step)).integers(0, self._size, count)
        return tuple(array[chosen] for array in self._arrays)

    def _advance(self, end: int) -> None:
        begin = max(self._end, end - self._size)
        if begin != self._end or not self._arrays:
            self._coming = self._stream(begin)
        for index in range(begin, end):
            sample = next(self._coming)
            if not self._arrays:
                self._arrays = [np.empty((self._size, *np.shape(field)), np.asarray(field).dtype) for field in sample]
            for array, field in zip(self._arrays, sample, strict=True):
                array[index % self._size] = field
        self._end = max(self._end, end)

    def _stream(self, begin: int) -> Iterator[TrainingSample]:
        chunks: DataLoader[list[TrainingSample]] = DataLoader(
            self._samples,
            _CHUNK if self._workers else 1,
            sampler=itertools.count(begin),
            num_workers=self._workers,
            collate_fn=list,
            # What is composed depends on no other generator, so torch's own is not to move on.
            generator=torch.Generator(),
            multiprocessing_context="fork" if self._workers else None,
        )
        return itertools.chain.from_iterable(chunks)


class _Samples(Dataset[Any]):
    """The samples of a stream by their number."""

    def __init__(self, compose: Callable[[np.random.Generator], TrainingSample], seed: int) -> None:
        self._compose, self._seed = compose, seed

    def __getitem__(self, index: int) -> TrainingSample:
        return self._compose(np.random.default_rng((self._seed, 0, index)))
