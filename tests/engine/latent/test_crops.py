"""What of the picture is seen, and at which size."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.latent.painted import region_of
from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.latent.crops import crop_around, native_parts, parts_of, shape_of, view_of
from text_replace_wire.geometry import Box

_SIDES = st.integers(1, 3000)


@given(_SIDES, _SIDES, st.data())
def test_crops_lie_inside_the_picture_around_the_region(width: int, height: int, data: st.DataObject) -> None:
    """Nothing is made up at a picture's edges, nothing of the region is left out, and where there is room the crop has
    the least side, and context.
    """
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    region = Box(x0, y0, data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height)))
    area = crop_around(region, (width, height), least=512)
    assert area == area.clipped((width, height)) and area == area.union(region)
    context = max(max(width, height) / 16, (region.width + region.height) / 4)
    for whole, side, own in ((width, area.width, region.width), (height, area.height, region.height)):
        assert side >= min(whole, max(512, own + 2 * context))


@pytest.mark.parametrize(
    ("area", "shape"),
    [
        (Box(0, 0, 700, 700), (512, 512)),
        (Box(0, 0, 100, 100), (512, 512)),
        (Box(0, 0, 1000, 500), (360, 720)),
        (Box(0, 0, 300, 400), (584, 440)),
        (Box(0, 0, 4000, 10), (256, 1024)),
        (Box(0, 0, 1, 1000), (1024, 256)),
    ],
)
def test_shapes_have_as_many_pixels_as_was_learnt(area: Box, shape: tuple[int, int]) -> None:
    """Up to 512², in the crop's proportions, its sides multiples of 8; what is much too long is squeezed."""
    assert shape_of(area, 512, 8) == shape


@pytest.mark.parametrize(
    ("area", "refined"),
    [
        (Box(0, 0, 760, 760), None),
        (Box(0, 0, 800, 800), (800, 800)),
        (Box(0, 0, 1003, 2001), (2000, 1000)),
        (Box(0, 0, 8000, 6000), (1752, 2344)),
        (Box(0, 0, 4000, 10), None),
    ],
)
def test_refined_shapes_are_the_crops_own(area: Box, refined: tuple[int, int] | None) -> None:
    """In multiples of 8, and at most four times as large as it was painted; nothing where that was nearly enough."""
    part = Part(torch.zeros(1, 1, 1, 1), area, shape_of(area, 512, 8))
    native = native_parts([part], 8)
    assert ({} if refined is None else {0: (area, refined)}) == {
        n: (each.area, each.shape) for n, each in native.items()
    }


def test_a_view_hides_what_is_new() -> None:
    """Medium grey in every cell that the region touches, the original around them; and only the region is pasted."""
    region = region_of((64, 64), Box(9, 16, 17, 17))
    image = torch.rand(1, 3, 64, 64)
    (part,) = parts_of(region, 64, 8)
    view = view_of(image, part, 8)
    assert part.area == Box(0, 0, 64, 64) and part.shape == (64, 64)
    hidden = region_of((64, 64), Box(8, 16, 24, 24)).expand_as(image) > 0
    assert bool((view.masked[hidden] == 0.5).all()) and torch.equal(view.masked[~hidden], image[~hidden])
    pasted = view.pasted(torch.zeros_like(image))
    assert torch.equal(pasted, image * (1 - region))


def test_a_view_is_filled_from_around() -> None:
    """What is new has the colours of the nearest surroundings, whatever was there; the rest is the original."""
    image = torch.zeros(1, 3, 64, 128)
    image[:, 0] = 0.25
    image[:, 1, :, 64:] = 1
    image[..., 20:44, 40:100] = torch.rand(1, 3, 24, 60, generator=torch.Generator().manual_seed(0))
    (part,) = parts_of(region_of((128, 64), Box(40, 20, 100, 44)), 64, 8)
    view = view_of(image, dataclasses.replace(part, area=Box(0, 0, 128, 64), shape=(64, 128)), 8)
    hidden = region_of((128, 64), Box(40, 16, 104, 48)).expand_as(image) > 0
    assert torch.equal(view.filled[~hidden], image[~hidden])
    assert torch.allclose(view.filled[:, 0], torch.tensor(0.25)) and float(view.filled[:, 2].max()) == 0
    green = view.filled[0, 1, 32]
    assert float(green[42]) < 0.1 and float(green[102]) > 0.9 and bool((green[1:] >= green[:-1] - 1e-6).all())
    assert bool((filled(image, torch.ones(1, 1, 64, 128)) == 0.5).all())


def test_no_region_has_no_parts() -> None:
    """Nothing is painted where nothing is to change."""
    assert parts_of(torch.zeros(1, 1, 30, 40), 512, 8) == []
