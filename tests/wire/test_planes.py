"""Work on planes in plain Python against the plain formulas."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text_replace_wire.planes import multiplied


@given(st.data(), st.integers(1, 6), st.integers(1, 6))
def test_multiplied_is_the_rounded_product(data: st.DataObject, width: int, height: int) -> None:
    """round(a × b / 255) for every pixel, also in rows that take a short cut."""
    row = st.sampled_from([b"\x00" * width, b"\xff" * width]) | st.binary(min_size=width, max_size=width)
    planes = st.lists(row, min_size=height, max_size=height).map(b"".join)
    first, second = data.draw(planes), data.draw(planes)
    assert list(multiplied(first, second, width)) == [round(a * b / 255) for a, b in zip(first, second, strict=True)]
