"""Intervals, ratios and the Fréchet distance against values known from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from text_replace_engine.lab.classifier import FEATURES
from text_replace_engine.lab.estimates import mean, ratio, share
from text_replace_engine.lab.evaluate.fidelity import frechet, frechet_ratio


def test_intervals() -> None:
    """A share has Wilson's interval (8 of 10: 0.490 to 0.943), a mean the bootstrap's, repeatable and around it."""
    eight = share([True] * 8 + [False] * 2)
    assert [eight.low, eight.high] == pytest.approx([0.490, 0.943], abs=1e-3)
    assert [share([True] * 5).high, share([False] * 5).low] == pytest.approx([1.0, 0.0])
    numbers = [0.1, 0.5, 0.9, 0.7]
    assert mean(numbers) == mean(numbers)
    assert mean(numbers).low < 0.55 < mean(numbers).high


def test_ratio_is_of_means_over_pairs() -> None:
    """One large pair weighs more than a small one; where every pair agrees there is no doubt."""
    assert ratio([1, 9], [1, 3]).value == 2.5
    sure = ratio([2, 4, 6], [1, 2, 3])
    assert (sure.low, sure.value, sure.high) == (2, 2, 2)


def test_frechet_distance_of_a_shift_is_its_square() -> None:
    """Two sets of one shape that lie 3 apart are 9 apart, and a set is 0 from itself."""
    points = np.random.default_rng(0).normal(size=(300, FEATURES)).astype(np.float32)
    moved = points.copy()
    moved[:, 0] += 3
    assert frechet(moved, points) == pytest.approx(9, abs=0.02)
    assert frechet(points, points) == pytest.approx(0, abs=0.02)


def test_frechet_ratio_compares_with_other_real_crops() -> None:
    """Edits as good as real crops come to about 1, shifted ones to much more, each within its interval."""
    rng = np.random.default_rng(0)
    real, others, edits = (rng.normal(size=(120, FEATURES)).astype(np.float32) for _ in range(3))
    good = frechet_ratio(edits, real, others)
    assert 0.7 < good.value < 1.3
    assert good.low < good.value < good.high
    shifted = frechet_ratio(edits + 1, real, others)
    assert shifted.value > 2
    assert shifted.low < shifted.value < shifted.high
