"""Real pictures are told from others only where there is something to tell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from text_replace_engine.lab.evaluate import two_sample

pytestmark = pytest.mark.slow
COUNT, SIDE = 96, 16


def test_blur_is_told_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of one kind are guessed at, those that are a little blurred are told from them."""
    monkeypatch.setattr(two_sample, "_WIDTHS", (16, 32))
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, COUNT, SIDE, SIDE, 3)).astype(np.uint8)
    blurred = ndimage.gaussian_filter(second.astype(np.float32), (0, 0.7, 0.7, 0)).astype(np.uint8)
    assert two_sample.told_apart(first, blurred).value > 0.9
    same = two_sample.told_apart(first, second)
    assert same.count == COUNT
    assert 0.3 < same.value < 0.7
