"""How far edited regions are from real crops, in the judge's features: the Fréchet distance.

Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium".
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from text_replace_engine.lab.classifier import FEATURES
from text_replace_engine.lab.estimates import Estimate, Z

_RESAMPLINGS = 100

Features = NDArray[np.float32]


def frechet_ratio(edited: Features, real: Features, others: Features) -> Estimate:
    """The Fréchet distance of `edited` to `real`, over that of `others` to `real`; all (n, FEATURES), row by row of
    the same names. The interval is from random halves of the rows (Efron 1982, "The Jackknife, the Bootstrap and Other
    Resampling Plans", section 8.5), whose spread is that of the whole: a row drawn twice would make the real crops seem
    farther apart than they are.
    """

    def figure(rows: NDArray[np.int64]) -> float:
        floor = frechet(others[rows], real[rows])
        return frechet(edited[rows], real[rows]) / max(floor, 1e-9)

    count, rng = len(edited), np.random.default_rng(0)
    value = figure(np.arange(count))
    spread = float(np.std([figure(rng.permutation(count)[: count // 2]) for _ in range(_RESAMPLINGS)]))
    return Estimate(value, max(0.0, value - Z * spread), value + Z * spread, count)


def frechet(first: Features, second: Features) -> float:
    """The squared Fréchet distance of two sets of features (n, FEATURES), as normal distributions."""
    metric = FrechetInceptionDistance(feature=_Given())
    metric.update(torch.from_numpy(first), real=False)
    metric.update(torch.from_numpy(second), real=True)
    return float(metric.compute())


class _Given(nn.Module):
    """Features that are features already."""

    num_features = FEATURES

    def forward(self, features: Tensor) -> Tensor:
        return features
