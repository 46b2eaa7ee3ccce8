"""Tensors, edit region and composite: where pixels go, and where they must not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from text_replace_engine.client.colours import eight_bits
from text_replace_engine.client.composite import composite
from text_replace_engine.painting.region import edit_region, split
from text_replace_engine.tensors import (
    bounding_box,
    crop,
    dilate,
    from_plane,
    highest_around,
    place,
    sample_box,
    to_plane,
)
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.planes import Plane

SIZES = st.integers(1, 24)


def random_plane(width: int, height: int, channels: int, seed: int) -> Plane:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    return Plane(width, height, channels, pixels.tobytes())


@given(SIZES, SIZES, st.integers(1, 4), st.integers(0, 99))
def test_planes_survive_the_round_trip(width: int, height: int, channels: int, seed: int) -> None:
    """Pixels to float and back are the same bytes."""
    plane = random_plane(width, height, channels, seed)
    assert to_plane(from_plane(plane)) == plane


@settings(max_examples=60)
@given(SIZES, SIZES, st.sampled_from([(1, 1), (2, 1), (3, 3), (4, 3)]), st.integers(0, 99))
def test_composite_touches_nothing_outside_the_region(
    width: int, height: int, channels: tuple[int, int], seed: int
) -> None:
    """Where the region is 0 pixels are IN's; elsewhere IN·(1−m) + new·m rounded; alpha is never changed."""
    every, colours = channels
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height + 5, width + 7, every), np.uint8)
    region = random_plane(width, height, 1, seed + 1)
    holes = np.frombuffer(region.data, np.uint8) * rng.integers(0, 2, width * height, np.uint8)
    region = Plane(width, height, 1, holes.tobytes())
    new = random_plane(width, height, colours, seed + 2)
    box = Box(3, 2, 3 + width, 2 + height)
    result = composite(image, new, region, box, seed)
    weight = np.zeros(image.shape[:2])
    weight[2 : 2 + height, 3 : 3 + width] = holes.reshape(height, width) / 255
    assert np.array_equal(result[weight == 0], image[weight == 0])
    assert np.array_equal(result[..., colours:], image[..., colours:])
    fresh = image[..., :colours].astype(float)
    fresh[2 : 2 + height, 3 : 3 + width] = np.frombuffer(new.data, np.uint8).reshape(height, width, colours)
    expected = image[..., :colours] * (1 - weight[..., None]) + fresh * weight[..., None]
    assert np.abs(result[..., :colours] - expected).max() <= 0.5 + 1e-3


def test_deep_colours_stay_where_nothing_is_new() -> None:
    """A gradient of 16 bits that the painting left alone is not cut down to 8 bits inside the region."""
    deep = np.linspace(20_000, 20_900, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint16)
    new = eight_bits(deep).copy()
    new[20:30, 20:30] = 200
    everywhere = Plane(64, 64, 1, bytes([255]) * 64 * 64)
    result = composite(deep, Plane(64, 64, 3, new.tobytes()), everywhere, Box(0, 0, 64, 64), 1)
    painted = np.zeros((64, 64), bool)
    painted[20:30, 20:30] = True
    assert np.array_equal(result[~painted], deep[~painted])
    assert (np.abs(result[painted] / 257 - 200) <= 0.51).all()


@given(SIZES, SIZES, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 30))
def test_place_undoes_crop(width: int, height: int, x: int, y: int, side: int) -> None:
    """What was cut from a square, even one that reaches outside, goes back to where it came from."""
    image = from_plane(random_plane(width, height, 3, 0))
    square = Box(x, y, x + side, y + side)
    if not square.clipped((width, height)).is_empty():
        everywhere = torch.ones(1, 1, height, width)
        assert torch.equal(place(image, crop(image, square), square, everywhere), image)


@given(SIZES, SIZES, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 30))
def test_crop_repeats_the_nearest_pixel(width: int, height: int, x: int, y: int, side: int) -> None:
    """What a square shows beyond the image is the pixel of the image that is nearest to it."""
    image = from_plane(random_plane(width, height, 3, 0))
    square = Box(x, y, x + side, y + side)
    if not square.clipped((width, height)).is_empty():
        rows, columns = (torch.arange(start, start + side) for start in (y, x))
        expected = image[..., rows.clamp(0, height - 1), :][..., columns.clamp(0, width - 1)]
        assert torch.equal(crop(image, square), expected)


def disc(side: int, x: float, y: float, radius: float) -> torch.Tensor:
    rows, columns = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    return (((columns - x) ** 2 + (rows - y) ** 2) <= radius**2).float()[None, None]


def test_region_covers_the_object_and_ends() -> None:
    """All of the object is fully replaced, its near surroundings softly, and far pixels not at all."""
    mask = disc(200, 90, 100, 40)
    region = edit_region(mask)
    assert region.shape == mask.shape
    assert bool((region[mask == 1] == 1).all())
    assert 0 < float(region[0, 0, 100, 90 + 47]) <= 1
    far = disc(200, 90, 100, 75) == 0
    assert float(region[far].max()) == 0
    assert bool(((region > 0) & (region < 1)).any())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), st.sampled_from([100, 700]))
def test_growth_and_feather_in_pixels(grow: int, feather: int, side: int) -> None:
    """1 within `grow` pixels of the object, 0 beyond `grow` + `feather`, at small and at large pictures; 0 and 0 are
    exactly the object.
    """
    mask = torch.zeros(1, 1, side, side)
    mask[..., 30:60, 30:70] = 1
    region = edit_region(mask, grow, feather)
    if not grow and not feather:
        assert torch.equal(region, mask)
    blur = 0 if side <= 512 else 1
    row = region[0, 0, 45]
    inside, outside = 69 + grow - blur, 69 + max(grow + feather, grow + 1) + blur
    assert bool((row[50:inside] > 0.99).all())
    assert bool((row[outside:] == 0).all())
    if feather > 4:
        assert 0.2 < float(row[69 + grow + feather // 2]) < 0.8


def test_growth_alone_fades_softly_and_feather_alone_keeps_the_shape() -> None:
    """A growth without a feather fades no farther than twice itself; a feather without a growth starts at the
    automatic shape.
    """
    mask = disc(200, 100, 100, 30)
    grown, exact = edit_region(mask, 12), edit_region(mask, 0)
    assert torch.equal(exact, mask)
    assert float(grown[disc(200, 100, 100, 41) == 1].min()) == 1
    assert float(grown[disc(200, 100, 100, 56) == 0].max()) == 0
    automatic, sharp = edit_region(mask), edit_region(mask, feather=0)
    assert float((automatic - sharp).abs().mean()) < 0.03
    assert float(((sharp > 0) & (sharp < 1)).float().mean()) < float(((automatic > 0) & (automatic < 1)).float().mean())


@pytest.mark.parametrize(("half_width", "half_height"), [(50, 14), (14, 50)])
def test_region_gives_a_thin_object_room(half_width: int, half_height: int) -> None:
    """A thin object's region is nearly square, so that another outline fits (a banana for a carrot)."""
    mask = torch.zeros(1, 1, 200, 200)
    mask[..., 100 - half_height : 100 + half_height, 100 - half_width : 100 + half_width] = 1
    box = bounding_box(edit_region(mask))
    assert box is not None
    assert min(box.size) >= 0.7 * max(box.size)


def test_region_of_nothing_is_nothing() -> None:
    """An empty object mask gives an empty region."""
    assert float(edit_region(torch.zeros(1, 1, 8, 8)).max()) == 0


def test_region_fits_the_box_that_is_sent() -> None:
    """The box sent for an object holds its whole edit region: growth never needs pixels that were not sent."""
    for box in (Box(100, 100, 160, 180), Box(300, 100, 330, 260), Box(0, 0, 90, 40)):
        mask = torch.zeros(1, 1, 600, 700)
        mask[..., box.y0 : box.y1, box.x0 : box.x1] = 1
        region = bounding_box(edit_region(mask), threshold=0.0)
        sent = edit_box(box, (700, 600))
        assert region is not None
        assert sent.union(region) == sent


def test_mask_of_another_size_lands_in_the_right_place() -> None:
    """A mask kept at a quarter of the layer's size covers the same part of the layer, within one of its pixels."""
    small = disc(50, 20, 30, 10)
    box = Box(40, 60, 140, 180)
    at_native = sample_box(small, (200, 200), box) > 0.5
    expected = crop(disc(200, 80, 120, 40), box) > 0.5
    overlap = (at_native & expected).sum() / (at_native | expected).sum()
    assert at_native.shape == (1, 1, 120, 100)
    assert float(overlap) > 0.95


@given(SIZES, SIZES, st.integers(0, 12))
def test_highest_around_is_max_pooling(width: int, height: int, reach: int) -> None:
    """The highest value of the square around every pixel, of negative ones too, also where it reaches beyond edges."""
    image = from_plane(random_plane(width, height, 2, 0)) - 0.5
    assert torch.equal(highest_around(image, reach), functional.max_pool2d(image, 2 * reach + 1, 1, reach))


@given(st.integers(0, 6))
def test_dilate_grows_by_the_radius(radius: int) -> None:
    """One pixel grows to 2r + 1 in both directions."""
    mask = torch.zeros(1, 1, 31, 31)
    mask[..., 15, 15] = 1
    box = bounding_box(dilate(mask, radius))
    assert box is not None
    assert box.size == (2 * radius + 1, 2 * radius + 1)


def test_separate_objects_grow_and_are_painted_separately() -> None:
    """Two small objects far apart get two small regions and two parts, not one region across the picture."""
    mask = torch.maximum(disc(300, 40, 40, 15), disc(300, 250, 260, 15))
    region = edit_region(mask)
    assert float(region[0, 0, 150, 150]) == 0
    parts = split(region)
    assert len(parts) == 2
    assert torch.equal(parts[0] + parts[1], region)


def test_a_scattered_region_is_painted_as_one() -> None:
    """A region of very many parts is one part; an empty one has none."""
    dots = torch.zeros(1, 1, 90, 90)
    dots[..., ::9, ::9] = 1
    assert len(split(dots)) == 1
    assert split(torch.zeros(1, 1, 9, 9)) == []
