"""Measures of a background, on pictures whose measures are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from torch import Tensor

from text_replace_engine.lab.benchmark.measures.background import (
    LONGEST,
    MOST_PSNR,
    SMALLEST_FOR_LPIPS,
    SMALLEST_FOR_SSIM,
    Change,
    change,
)
from text_replace_engine.lab.quality import Mask, Pixels

# The library takes seconds to import.
pytestmark = pytest.mark.slow


def distance(x: Tensor, y: Tensor) -> Tensor:
    """In place of LPIPS: the mean absolute difference of what it is given."""
    assert x.shape == y.shape and max(x.shape[-2:]) <= LONGEST
    assert float(x.min()) >= -1 and float(x.max()) <= 1
    return (x - y).abs().mean((1, 2, 3))


def textured(height: int = 80, width: int = 100) -> Pixels:
    return np.random.default_rng(0).integers(40, 200, (height, width, 3)).astype(np.uint8)


def around(height: int = 80, width: int = 100) -> Mask:
    """Background of an object in the middle."""
    background = np.ones((height, width), bool)
    background[height // 4 : height // 2, width // 4 : width // 2] = False
    return background


def measured(before: Pixels, after: Pixels, background: Mask) -> Change:
    found = change(before, after, background, distance)
    assert found is not None
    return found


def test_object_is_no_background() -> None:
    """Whatever is in the object's place: the background is as it was, and the ratio is at its limit, not infinite."""
    before, background = textured(), around()
    after = np.where(background[..., None], before, np.uint8(255))
    found = measured(before, after, background)
    assert (found.psnr, found.mse, found.lpips) == (MOST_PSNR, 0, 0)
    assert found.ssim == pytest.approx(1)


def test_known_change() -> None:
    """Five steps brighter in all of the background: MSE and PSNR as by hand, whatever the object's share of the picture
    is.
    """
    before = textured()
    for background in (around(), np.pad(around(), 40)[40:-40, 40:-40], ~around()):
        found = measured(before, np.where(background[..., None], before + 5, before).astype(np.uint8), background)
        assert found.mse == pytest.approx((5 / 255) ** 2, rel=1e-4)
        assert found.psnr == pytest.approx(20 * math.log10(255 / 5), abs=1e-3)


def test_similarity_is_of_the_backgrounds_windows() -> None:
    """A background that became another one has little similarity, however little of the picture it is."""
    before = textured()
    after = np.random.default_rng(1).integers(40, 200, before.shape).astype(np.uint8)
    little = np.zeros(before.shape[:2], bool)
    little[:, :20] = True
    found = measured(before, after, little)
    assert found.ssim is not None and found.ssim < 0.3


def test_what_networks_see_of_the_object_is_the_same() -> None:
    """LPIPS gets both pictures with the old object in them: only the background can differ."""
    before, background = textured(), around()
    after = np.full_like(before, 7)
    only = np.where(background[..., None], after, before)
    assert measured(before, after, background).lpips == measured(before, only, background).lpips


@pytest.mark.parametrize(
    ("side", "ssim", "lpips"),
    [(SMALLEST_FOR_SSIM - 1, False, False), (SMALLEST_FOR_LPIPS - 1, True, False), (SMALLEST_FOR_LPIPS, True, True)],
)
def test_too_small_for_a_measure_is_no_crash(side: int, ssim: bool, lpips: bool) -> None:
    """A window of SSIM, a patch of LPIPS: of smaller pictures they say nothing, the others do."""
    found = measured(textured(side, 90), textured(side, 90)[::-1], np.ones((side, 90), bool))
    assert (found.ssim is not None, found.lpips is not None) == (ssim, lpips)
    assert 0 < found.psnr < MOST_PSNR


def test_no_background_says_nothing() -> None:
    """A mask that is everywhere leaves nothing to measure."""
    assert change(textured(), textured(), np.zeros((80, 100), bool), distance) is None


def test_large_pictures_are_shrunk() -> None:
    """Memory: what looks at surroundings never sees more than its limit (`distance` checks it)."""
    before = np.full((40, LONGEST + 200, 3), 90, np.uint8)
    found = measured(before, before + np.uint8(9), np.ones(before.shape[:2], bool))
    assert found.ssim is not None and found.psnr == pytest.approx(20 * math.log10(255 / 9), abs=1e-3)
