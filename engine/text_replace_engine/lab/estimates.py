"""Estimates with 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Of a normal distribution, 95 % lies within so many standard deviations.
Z = 1.959964
_RESAMPLINGS = 2000


@dataclass(frozen=True)
class Estimate:
    """A figure over `count` cases with its 95 % interval [low, high]."""

    value: float
    low: float
    high: float
    count: int


def share(hits: Sequence[bool]) -> Estimate:
    """A proportion of at least one case with its Wilson score interval (Wilson 1927, https://doi.org/10.2307/2276774)."""
    count = len(hits)
    p = sum(hits) / count
    shrink = 1 + Z**2 / count
    centre = (p + Z**2 / (2 * count)) / shrink
    half = Z / shrink * math.sqrt(p * (1 - p) / count + Z**2 / (4 * count**2))
    return Estimate(p, max(0.0, centre - half), min(1.0, centre + half), count)


def mean(values: Sequence[float]) -> Estimate:
    """A mean of at least one value with its percentile bootstrap interval (Efron 1979); repeatable."""
    count = len(values)
    sample = np.asarray(values, np.float64)
    drawn = np.random.default_rng(0).integers(0, count, (_RESAMPLINGS, count))
    low, high = np.percentile(sample[drawn].mean(1), [2.5, 97.5])
    return Estimate(float(sample.mean()), float(low), float(high), count)


def median(values: Sequence[float]) -> Estimate:
    """The median of at least one value with its percentile bootstrap interval."""
    count = len(values)
    sample = np.asarray(values, np.float64)
    drawn = np.random.default_rng(0).integers(0, count, (_RESAMPLINGS, count))
    low, high = np.percentile(np.median(sample[drawn], 1), [2.5, 97.5])
    return Estimate(float(np.median(sample)), float(low), float(high), count)


def ratio(values: Sequence[float], references: Sequence[float]) -> Estimate:
    """The mean of `values` over that of their paired `references`, with its percentile bootstrap interval."""
    count = len(values)
    pairs = np.stack([np.asarray(values, np.float64), np.asarray(references, np.float64)])
    drawn = np.random.default_rng(0).integers(0, count, (_RESAMPLINGS, count))
    above, below = pairs[:, drawn].mean(2)
    low, high = np.percentile(above / below, [2.5, 97.5])
    above, below = pairs.mean(1)
    return Estimate(float(above / below), float(low), float(high), count)
