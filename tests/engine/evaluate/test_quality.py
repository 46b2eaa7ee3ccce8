"""Measures on pixels, on pictures whose measures are known."""

from __future__ import annotations

import numpy as np

from text_replace_engine.lab.quality import changed_outside, ring_around, sharpness, sobel
from text_replace_wire.geometry import Box


def flat(value: int = 100) -> np.ndarray:
    return np.full((60, 80, 3), value, np.uint8)


def disc_region() -> np.ndarray:
    region = np.zeros((60, 80), np.uint8)
    region[20:40, 30:50] = 255
    return region


def test_only_pixels_outside_the_region_count_as_changed() -> None:
    """A change inside is the edit; one pixel outside, in one channel by one step, is a fault."""
    before, after, region = flat(), flat(), disc_region()
    after[25:30, 35:40] = 0
    assert changed_outside(before, after, region) == 0
    after[0, 0, 1] += 1
    assert changed_outside(before, after, region) == 1


def test_ring_follows_the_contour() -> None:
    """Four pixels on either side of the region's edge, and nothing in its middle or far away."""
    box, ring = ring_around(disc_region())
    whole = np.zeros((60, 80), bool)
    whole[box.y0 : box.y1, box.x0 : box.x1] = ring
    middle = whole[30]
    assert list(np.flatnonzero(middle)) == [*range(26, 34), *range(46, 54)]


def test_picture_edge_is_no_seam() -> None:
    """A region that reaches the picture's edge has no contour there."""
    region = np.zeros((60, 80), np.uint8)
    region[:30] = 255
    box, ring = ring_around(region)
    assert not ring[:20].any()
    assert ring[26 - box.y0 : 34 - box.y0].all()


def test_seam_shows_in_the_ring() -> None:
    """A pasted square of another brightness has a steeper ring than an even picture."""
    pasted, region = flat(), disc_region()
    pasted[region > 0] = 180
    box, ring = ring_around(region)
    assert sobel(pasted, box)[ring].mean() > 50
    assert sobel(flat(), box)[ring].mean() == 0


def test_sharpness_ignores_the_outline() -> None:
    """A smooth disc is not sharp, however sharp its edge; texture inside is; a sliver has no inside."""
    pasted, inside = flat(), disc_region() > 0
    pasted[inside] = 200
    assert sharpness(pasted, inside) == 0
    pasted[inside] = np.random.default_rng(0).integers(0, 255, (400, 3))
    assert (sharpness(pasted, inside) or 0) > 100
    sliver = np.zeros_like(inside)
    sliver[5, 5:9] = True
    assert sharpness(pasted, sliver) is None
    assert sobel(pasted, Box(0, 0, 80, 60)).shape == (60, 80)
