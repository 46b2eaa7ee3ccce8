"""What the detail stage learns from: crops, and how the denoiser paints them again from a noised start, which leaves
the pose and has the faults that its paintings have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np
import torch
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.lab.train.paintings import Places, painting
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.tensors import luma, resample, signed, unsigned

CHUNK = 16  # pairs made at once
_STARTS = (150, 720)  # timesteps of the noised start
_STEP = 120  # timesteps of one step back


@dataclass(frozen=True)
class Crops:
    """pictures: uint8 (n, 3, s, s); regions to paint in them: uint8 (n, 1, s, s), 255 where all is new; labels: indices
    of names (n,); grey: bool (n,), pictures without colour; pieces: bool (n,), parts of a larger picture.
    """

    pictures: Tensor
    regions: Tensor
    labels: Tensor
    grey: Tensor
    pieces: Tensor


@dataclass(frozen=True)
class Pairs:
    """pictures (n, 3, s, s) in [-1, 1] are what is wanted of paintings (n, 3, p, p) in [-1, 1]; the rest as in Crops,
    regions in [0, 1]. phrases: which of a label's was the prompt (n,).
    """

    pictures: Tensor
    paintings: Tensor
    regions: Tensor
    labels: Tensor
    phrases: Tensor
    pieces: Tensor


class PairStore:
    """The newest of an endless stream of pairs: `first` to begin with, then `fresh` new ones at each step, CHUNK at a
    time, until there are `size`.

    Chunk i of the stream comes of `compose(i)` and of a Generator of (seed, i); the batch of a step is drawn by one of
    (seed, step). So a resumed training sees the same data.
    """

    def __init__(
        self,
        compose: Callable[[int], Crops],
        denoiser: Denoiser,
        prompts: Tensor,
        size: int,
        first: int,
        fresh: int,
        seed: int,
    ) -> None:
        """prompts: text vectors (names, phrases, d). size, first: multiples of CHUNK."""
        self._compose, self._denoiser, self._prompts = compose, denoiser, prompts
        self._chunks, self._first, self._fresh, self._seed = size // CHUNK, first // CHUNK, fresh, seed
        self._kept: list[tuple[Tensor, ...]] = []
        self._end = 0

    def batch(self, step: int, count: int) -> Pairs:
        """`count` pairs for a step."""
        end = self._first + step * self._fresh // CHUNK
        begin = max(self._end, end - self._chunks)
        self._kept += [self._made(number) for number in range(begin, end)]
        del self._kept[: -self._chunks]
        self._end = max(self._end, end)
        rng = np.random.default_rng((self._seed, 1, step))
        places = zip(rng.integers(0, len(self._kept), count), rng.integers(0, CHUNK, count), strict=True)
        rows = [[field[row] for field in self._kept[chunk]] for chunk, row in places]
        pictures, paintings, regions, labels, phrases, pieces = (
            torch.stack(field) for field in zip(*rows, strict=True)
        )
        return Pairs(
            pictures.float() / 127.5 - 1,
            paintings.float() / 127.5 - 1,
            regions.float() / 255,
            labels,
            phrases,
            pieces,
        )

    @torch.no_grad()
    def _made(self, number: int) -> tuple[Tensor, ...]:
        device = devices.best()
        rng = torch.Generator().manual_seed(int(np.random.default_rng((self._seed, 2, number)).integers(2**62)))
        crops = Crops(*(field.to(device) for field in astuple(self._compose(number))))
        phrases = torch.randint(0, self._prompts.shape[1], (CHUNK,), generator=rng).to(device)
        side = self._denoiser.size
        where = Places(
            signed(resample(crops.pictures.float() / 255, (side, side))),
            resample(crops.regions.float() / 255, (side, side)),
        )
        noise = torch.randn(where.around.shape, generator=rng).to(device)
        start = int(torch.randint(*_STARTS, (1,), generator=rng))
        text = self._prompts[crops.labels, phrases]
        *_, painted = painting(self._denoiser, text, where, noise, max(2, round(start / _STEP)), start=start)
        painted = torch.where(crops.grey[:, None, None, None], luma(painted).expand_as(painted), painted)
        kept = (unsigned(painted) * 255).round().clamp(0, 255).to(torch.uint8)
        return crops.pictures, kept, crops.regions, crops.labels, phrases, crops.pieces
