"""No square, no fixed size: what is painted has the object's proportions, at the network's resolution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.edits import array_of, only, region_edit, run
from text_replace_engine.painting import areas
from text_replace_engine.painting.areas import area_around, shape_of
from text_replace_engine.painting.upscale import upscale
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.tensors import as_square
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([(256, 32), (512, 64), (64, 16)]), st.booleans())
def test_areas_hold_the_region_and_cost_the_same(width: int, height: int, size: tuple[int, int], squares: bool) -> None:
    """Every area holds its region with context, has the proportions it is painted in, and costs about as many pixels as
    the square, in sides that the network takes.
    """
    working_size, multiple = size
    region = Box(100, 200, 100 + width, 200 + height)
    shape = shape_of(region, working_size, multiple, squares)
    area = area_around(region, shape)
    assert area.union(region) == area
    assert max(area.size) >= 1.29 * max(region.size) - 1
    assert all(side % multiple == 0 for side in shape)
    assert 0.7 < shape[0] * shape[1] / working_size**2 < 1.3
    assert abs(area.width * shape[0] - area.height * shape[1]) <= max(shape)
    if squares:
        assert shape == (working_size, working_size)


def test_thin_objects_get_more_pixels() -> None:
    """Three times as high as wide: a third more pixels along the object than in a square that costs the same."""
    region = Box(0, 0, 100, 300)
    high, wide = shape_of(region, 256, 32, only_squares=False)
    area = area_around(region, (high, wide))
    square = area_around(region, (256, 256))
    assert high * wide <= 1.05 * 256**2
    assert (high / area.height) / (256 / square.height) > 1.3


def test_networks_that_see_squares_see_the_whole_area() -> None:
    """An area that is not square is filled up at its edges, not squeezed and not cut."""
    image = torch.rand(1, 3, 4, 10, generator=torch.Generator().manual_seed(0))
    square = as_square(image)
    assert square.shape == (1, 3, 10, 10)
    assert torch.equal(square[..., 3:7, :], image)
    assert torch.equal(square[..., 0, :], image[..., 0, :])
    assert as_square(square) is square


@pytest.mark.parametrize("size", [(40, 90), (90, 40), (13, 7)])
def test_results_come_back_at_native_size(size: tuple[int, int]) -> None:
    """Whatever the shape, it is enlarged or reduced to exactly the area."""
    assert upscale(torch.rand(1, 3, 16, 32), size, None).shape[-2:] == size


@pytest.mark.slow
def test_an_edit_that_is_not_square(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long object is painted in a long area; around it nothing changes."""
    # The starter's network asks for squares, but can do without.
    monkeypatch.setattr(
        areas, "shape_of", lambda box, size, multiple, only_squares: shape_of(box, size, multiple, False)
    )
    pixels = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    region = np.zeros((90, 160), np.uint8)
    region[40:50, 30:120] = 255
    request = region_edit(pixels, region, Painting(options={"strength": 0.08}))
    edited, told = run(Pipeline("cpu"), request)
    boxes = {(progress.box.width, progress.box.height) for progress in told if progress.box is not None}
    assert boxes and all(width > 1.5 * height for width, height in boxes)
    new = array_of(only(edited)[0])
    cut = (slice(request.box.y0, request.box.y1), slice(request.box.x0, request.box.x1))
    assert np.array_equal(new[region[cut] == 0], pixels[cut][region[cut] == 0])
    assert not np.array_equal(new[region[cut] > 0], pixels[cut][region[cut] > 0])
