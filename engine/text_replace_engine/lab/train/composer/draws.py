"""Random numbers by the batch: on the host, so that what depends on them is known without waiting for a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Draws:
    """rng: on the host; noise: on `device`, where tensors are made."""

    rng: np.random.Generator
    noise: torch.Generator
    device: torch.device

    @classmethod
    def seeded(cls, seed: tuple[int, ...], device: torch.device) -> Draws:
        """Both from one seed."""
        rng = np.random.default_rng(seed)
        return cls(rng, torch.Generator(device).manual_seed(int(rng.integers(2**62))), device)

    def uniform(self, low: float, high: float, *shape: int) -> Floats:
        """Float32 numbers of this shape."""
        return self.rng.uniform(low, high, shape).astype(np.float32)

    def chance(self, share: float, count: int) -> NDArray[np.bool_]:
        """True in about `share` of `count`."""
        return self.rng.random(count) < share

    def floats(self, values: NDArray[Any]) -> Tensor:
        """Numbers on the device, which nobody waits for."""
        return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(self.device, non_blocking=True)

    def planes(self, values: NDArray[Any]) -> Tensor:
        """(n,) or (n, c) numbers as (n, c, 1, 1) on the device, to be used with pictures."""
        return self.floats(values.reshape(len(values), *values.shape[1:] or (1,), 1, 1))

    def indices(self, values: NDArray[Any]) -> Tensor:
        """Integers (n,) on the device."""
        return torch.from_numpy(np.ascontiguousarray(values, np.int64)).to(self.device, non_blocking=True)


def gaussian(steps: Tensor, sigma: Tensor) -> Tensor:
    """exp(-steps² / 2 sigma²), of steps and sigmas that broadcast."""
    # Where nothing is left of it anyway, `exp` would take ten times as long for denormal numbers.
    return (steps**2 * (-0.5 / sigma**2)).clamp_(min=-80).exp_()
