"""What the preview shows of what would be replaced is what would be replaced."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from text_replace_plugin import overlay
from text_replace_plugin.overlay import Tint
from text_replace_wire.planes import Plane


@st.composite
def masks(draw: st.DrawFn, count: int = 1, most: int = 12) -> list[Plane]:
    width, height = draw(st.integers(1, most)), draw(st.integers(1, most))
    pixels = st.lists(st.sampled_from([0, 255]), min_size=width * height, max_size=width * height)
    return [Plane(width, height, 1, bytes(draw(pixels))) for _ in range(count)]


def inside(mask: Plane) -> set[tuple[int, int]]:
    return {(n % mask.width, n // mask.width) for n, value in enumerate(mask.data) if value}


@given(masks(), st.floats(0, 6))
def test_growing_is_a_disc_around_every_pixel(given_masks: list[Plane], radius: float) -> None:
    """A grown mask reaches as far as the slider says in every direction, and never around the picture's edge."""
    (mask,) = given_masks
    reach = {
        (x, y)
        for x in range(mask.width)
        for y in range(mask.height)
        if any(math.dist((x, y), pixel) <= math.sqrt(int(radius * radius)) for pixel in inside(mask))
    }
    assert inside(overlay.grown(mask, radius)) == (reach if radius >= 1 else inside(mask))


@given(masks(3))
def test_combining_is_union_less_what_is_subtracted(given_masks: list[Plane]) -> None:
    """Picked ones add up, subtracted ones win."""
    one, two, less = given_masks
    assert inside(overlay.combined(one.size, [one, two], [less])) == (inside(one) | inside(two)) - inside(less)


@given(masks(), st.integers(1, 20), st.integers(1, 20))
def test_shrinking_takes_the_nearest_pixel(given_masks: list[Plane], width: int, height: int) -> None:
    """The mask stays where it is in the picture at any size."""
    (mask,) = given_masks
    wanted = {
        (x, y)
        for x in range(width)
        for y in range(height)
        if (int((x + 0.5) * mask.width / width), int((y + 0.5) * mask.height / height)) in inside(mask)
    }
    assert inside(overlay.shrunk(mask, (width, height))) == wanted


def test_tint_is_strongest_on_the_line_and_absent_outside() -> None:
    """The picture stays visible under the mask, and untouched beside it."""
    row = bytes([0, 0, 0, 255, 255, 255, 0, 0, 0])
    mask = Plane(9, 1, 1, row)
    pixels = overlay.tint(mask, overlay.grown(mask, 2), Tint.PICKED)
    alpha = list(pixels[3::4])
    assert alpha == [0, 50, 255, 110, 110, 110, 255, 50, 0]
    assert pixels[:3] == bytes(Tint.PICKED.value)
