"""Other tools' pictures, brought back onto the original from where they were cropped, scaled or given borders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.engine.benchmark.squares import TALL, WIDE, background, edited, made, scene
from text_replace_engine.lab.benchmark.methods.alignment import Aligned, aligned
from text_replace_engine.lab.benchmark.methods.placements import Placement, shapes
from text_replace_engine.lab.quality import Pixels
from text_replace_wire.geometry import Box

pytestmark = pytest.mark.slow


def error(found: Aligned, original: Pixels) -> float:
    """Of the background inside what the tool returned: the mean absolute difference, in 8-bit steps."""
    box = found.covers
    part = (slice(box.y0, box.y1), slice(box.x0, box.x1))
    where = background((original.shape[1], original.shape[0]))[part]
    return float(np.abs(found.pixels[part].astype(int) - original[part])[where].mean())


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from([WIDE, TALL]),
    st.sampled_from(["cropped", "with borders", "stretched"]),
    st.sampled_from([128, 200]),
    st.sampled_from([0.0, 0.21, 0.5, 1.0]),
    st.integers(0, 3),
)
def test_squares_are_found_again(size: tuple[int, int], how: str, side: int, share: float, seed: int) -> None:
    """Crop, borders and stretch, at any place, with noise and another tone: told apart, and back to within a step or
    two of where they were.
    """
    original = scene(size, seed)
    square = made(edited(original), how, side, share).astype(float)
    noisy = square + np.random.default_rng(seed).normal(0, 4, square.shape)
    found = aligned(original, np.clip(noisy, 0, 255).astype(np.uint8), background(size))
    assert found is not None and found.how == how
    assert error(found, original) < 5
    if how == "cropped":
        assert found.covers.width == pytest.approx(min(size), abs=1)
        offset = max(round((length - min(size)) * share) for length in size)
        assert max(found.covers.x0, found.covers.y0) == pytest.approx(offset, abs=1)
    else:
        assert found.covers == Box(0, 0, *size)


def test_around_a_crop_is_the_original() -> None:
    """What the tool did not return is the original's own, so that the whole can be shown and measured."""
    original = scene(WIDE)
    found = aligned(original, made(edited(original), "cropped", 120, 1.0), background(WIDE))
    assert found is not None and found.covers == Box(36, 0, 96, 60)
    assert (found.pixels[:, :36] == original[:, :36]).all()


def test_own_size_is_not_resampled() -> None:
    """A result of the same size is taken pixel by pixel."""
    original = scene(WIDE)
    found = aligned(original, edited(original), background(WIDE))
    assert found is not None and found.how == "in its own size"
    assert (found.pixels == edited(original)).all()


def test_another_size_of_the_same_shape_is_scaled() -> None:
    """Twice the size, or a third rounded to whole pixels, is the whole picture."""
    original = scene(WIDE)
    for size in ((192, 120), (50, 31)):
        found = aligned(original, np.asarray(Image.fromarray(original).resize(size)), background(WIDE))
        assert found is not None and (found.how, found.covers) == ("scaled", Box(0, 0, 96, 60))


@settings(max_examples=4, deadline=None)
@given(st.sampled_from([WIDE, TALL]), st.sampled_from(["cropped", "with borders", "own"]), st.integers(10, 99))
def test_another_picture_is_refused(size: tuple[int, int], how: str, seed: int) -> None:
    """However it is shaped: measuring it would be nonsense."""
    other = scene(size, seed)
    picture = other if how == "own" else made(other, how, 128, 0.5)
    assert aligned(scene(size), picture, background(size)) is None


def test_plain_background_fits_only_in_the_originals_shape() -> None:
    """Where nothing in it tells a crop from a stretch, none is guessed; in the original's shape none is needed."""
    plain = np.full((60, 96, 3), 120, np.uint8)
    assert aligned(plain, edited(plain), background(WIDE)) is not None
    assert aligned(plain, made(edited(plain), "cropped", 90, 0.5), background(WIDE)) is None


def test_placements_cover_whole_pixels() -> None:
    """Half a pixel at an edge is not covered, a rounding error is."""
    assert Placement(0.5, 0.5, 10.5, 0).covers((40, 40), (96, 60)) == Box(11, 0, 30, 20)
    assert Placement(0.5, 0.5, 10.001, 0).covers((40, 40), (96, 60)) == Box(10, 0, 30, 20)
    assert [shape.how for shape in shapes((100, 100), (96, 60))] == ["cropped", "with borders", "stretched"]
    borders = shapes((96, 96), (96, 60))[1]
    assert borders.at(0.5).top == pytest.approx(-18)
