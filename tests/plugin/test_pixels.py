"""Colour and alpha against the plain formulas."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text_replace_plugin import pixels
from text_replace_wire.planes import Plane


@given(st.sampled_from([1, 3]), st.integers(1, 5), st.integers(1, 5), st.data())
def test_with_alpha_interleaves(channels: int, width: int, height: int, data: st.DataObject) -> None:
    """Colour stays, alpha becomes the last channel, and `alpha_of` gives it back."""
    count = width * height
    colour = data.draw(st.binary(min_size=count * channels, max_size=count * channels))
    alpha = data.draw(st.binary(min_size=count, max_size=count))
    plane = pixels.with_alpha(Plane(width, height, channels, colour), alpha)
    assert pixels.alpha_of(plane) == alpha
    for i in range(count):
        assert plane.data[i * (channels + 1) :][:channels] == colour[i * channels :][:channels]


def test_opaque_kinds_have_no_alpha() -> None:
    """Grey and RGB without alpha are not mistaken for alpha."""
    assert pixels.alpha_of(Plane(1, 1, 1, b"a")) is None and pixels.alpha_of(Plane(1, 1, 3, b"abc")) is None


@given(st.data(), st.integers(1, 6), st.integers(1, 6))
def test_cut_takes_the_rectangle(data: st.DataObject, width: int, height: int) -> None:
    """Rows and columns of the part inside, for whole rows and for parts of rows."""
    plane = Plane(width, height, 1, bytes(range(width * height)))
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    w, h = data.draw(st.integers(1, width - x0)), data.draw(st.integers(1, height - y0))
    expected = [(y0 + y) * width + x0 + x for y in range(h) for x in range(w)]
    assert list(pixels.cut(plane, x0, y0, w, h)) == expected
