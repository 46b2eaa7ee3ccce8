"""Real pictures are told from others only where there is something to tell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from text_replace_engine.lab.evaluate import told_apart as telling
from text_replace_engine.lab.evaluate.told_apart import told_apart

COUNT, SIDE = 40, 32


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small network that learns for seconds."""
    monkeypatch.setattr(telling, "_WIDTHS", (8, 16))
    monkeypatch.setattr(telling, "_STEPS", 150)


@pytest.fixture(scope="module")
def clouds() -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, s, s, 3) of one kind, each with a softness of its own: alone that tells nothing."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, (2 * COUNT, SIDE, SIDE, 3))
    soft = np.stack(
        [
            ndimage.gaussian_filter(one, (blur, blur, 0))
            for one, blur in zip(noise, rng.uniform(1, 3, 2 * COUNT), strict=True)
        ]
    )
    soft = soft / soft.std((1, 2, 3), keepdims=True) * 40 + 128 + rng.normal(0, 4, noise.shape)
    pictures = soft.clip(0, 255).astype(np.uint8)
    return pictures[::2], pictures[1::2]


def test_blur_is_told(clouds: tuple[np.ndarray, np.ndarray]) -> None:
    """A few pairs are enough to tell what is a little blurred, and every picture is asked about."""
    first, second = clouds
    blurred = ndimage.gaussian_filter(second.astype(np.float32), (0, 0.7, 0.7, 0)).astype(np.uint8)
    told = told_apart(first, blurred)
    assert told.count == 2 * COUNT
    assert told.value > 0.9


def test_the_same_is_not_told(clouds: tuple[np.ndarray, np.ndarray]) -> None:
    """Pictures of one kind are guessed at: nothing is known of the half that is asked about."""
    assert 0.3 < told_apart(*clouds).value < 0.7


def test_equal_pictures_are_half_right(clouds: tuple[np.ndarray, np.ndarray]) -> None:
    """A painter that changes nothing is told from nothing: what is right for one of a pair is wrong for the other."""
    first, _ = clouds
    assert told_apart(first, first).value == 0.5
