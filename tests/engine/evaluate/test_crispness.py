"""How crisp a painting is, on pictures of which it is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from text_replace_engine.lab.evaluate.crispness import edge_strength, edge_width, ground_error

SIDE = 120
#: From 10 to 90 % of a Gaussian's integral.
RISE = 2.563


def disc(reach: float = 30.0) -> NDArray[np.bool_]:
    """In the middle."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    inside: NDArray[np.bool_] = np.hypot(x, y) < reach
    return inside


def picture(sigma: float = 0.0, ground: int = 60) -> NDArray[np.uint8]:
    """A bright disc, its edge blurred."""
    alpha = ndimage.gaussian_filter(disc().astype(float), sigma)
    pixels: NDArray[np.uint8] = (ground + (200 - ground) * alpha + 0.5).astype(np.uint8)[..., None].repeat(3, 2)
    return pixels


@pytest.mark.parametrize("sigma", [2.0, 3.0])
@pytest.mark.parametrize("given", [28.0, 30.0, 32.0])
def test_the_width_of_an_outline_is_that_of_its_blur(sigma: float, given: float) -> None:
    """Also where the mask of the object is two pixels wrong, as a found one may be."""
    width = edge_width(picture(sigma), disc(given))
    assert width is not None
    assert abs(width - RISE * sigma) < 1.2


def test_a_sharp_outline_is_a_pixel_wide_and_none_has_no_width() -> None:
    """A painting is compared with a real picture, whose outlines are about as sharp as pixels allow."""
    width = edge_width(picture(), disc())
    assert width is not None and width < 1.6
    assert edge_width(np.full((SIDE, SIDE, 3), 90, np.uint8), disc()) is None


def test_edges_are_weaker_where_they_are_blurred() -> None:
    """The strength is what is left of the steepest hundredth, whatever lies outside the region."""
    region = disc(40)
    sharp, soft = (edge_strength(picture(sigma), region) for sigma in (0.0, 3.0))
    assert soft < 0.5 * sharp
    outside = picture(3.0)
    outside[:10] = np.random.default_rng(0).integers(0, 255, (10, SIDE, 3))
    assert edge_strength(outside, region) == soft


def test_a_haze_beside_the_object_is_a_ground_error() -> None:
    """What is not the object counts, by how much it differs; what may be the shadow below it does not."""
    ground, region, shape = np.full((SIDE, SIDE, 3), 60, np.uint8), np.ones((SIDE, SIDE), bool), disc(20)
    hazy = ground + np.uint8(5)
    hazy[shape] = 200
    found = ground_error(hazy, ground, region, shape)
    assert found is not None and not found.patterned
    assert found.error == 5
    shadowed = ground.copy()
    shadowed[79:83, 50:70] = 20
    assert (found := ground_error(shadowed, ground, region, shape)) is not None
    assert found.error == 0


def test_a_ground_of_stripes_is_told_from_a_gradient() -> None:
    """They have bars of their own."""
    region, shape = np.ones((SIDE, SIDE), bool), disc(20)
    rows = np.arange(SIDE)[:, None, None]
    gradient = np.broadcast_to(60 + rows, (SIDE, SIDE, 3)).astype(np.uint8)
    stripes = np.broadcast_to(60 + 40 * (rows // 6 % 2), (SIDE, SIDE, 3)).astype(np.uint8)
    kinds = [ground_error(ground, ground, region, shape) for ground in (gradient, stripes)]
    assert [found is not None and found.patterned for found in kinds] == [False, True]
    assert ground_error(gradient, gradient, shape, shape) is None
