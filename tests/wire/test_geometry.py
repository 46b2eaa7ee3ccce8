"""Boxes, the sizes made from them, and pixels cut by them: exact numbers, and the limits of pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_replace_wire.errors import BadImage, TooLarge
from text_replace_wire.geometry import Box, edit_box, region_box, search_size
from text_replace_wire.planes import MAX_PIXELS, MAX_SIDE, Plane, check_size, framed

BOX = Box(3, 5, 10, 9)


def test_a_box_is_half_open() -> None:
    """Width and height count pixels; a box without any is empty, in one direction or both."""
    assert (BOX.width, BOX.height, BOX.size) == (7, 4, (7, 4))
    assert not Box(3, 5, 4, 6).is_empty()
    assert Box(3, 5, 3, 6).is_empty() and Box(3, 5, 4, 5).is_empty() and Box(4, 5, 3, 6).is_empty()


def test_boxes_from_boxes() -> None:
    """The smallest around two, the part inside a layer, more on every side, elsewhere."""
    assert BOX.union(Box(1, 7, 4, 20)) == Box(1, 5, 10, 20)
    assert BOX.union(Box(5, 1, 12, 6)) == Box(3, 1, 12, 9)
    assert BOX.clipped((8, 7)) == Box(3, 5, 8, 7)
    assert Box(-2, -3, 4, 5).clipped((8, 7)) == Box(0, 0, 4, 5)
    assert BOX.grown(2) == Box(1, 3, 12, 11)
    assert BOX.moved(10, -2) == Box(13, 3, 20, 7)


def test_a_box_at_another_size_covers_the_same() -> None:
    """Larger pictures exactly, smaller ones outward to whole pixels, never beyond the layer."""
    assert BOX.scaled((20, 10), (40, 30)) == Box(6, 15, 20, 27)
    assert BOX.scaled((20, 10), (10, 5)) == Box(1, 2, 5, 5)
    assert Box(0, 0, 25, 12).scaled((20, 10), (10, 20)) == Box(0, 0, 10, 20)


def test_what_an_edit_needs_of_the_layer() -> None:
    """The square around the object's middle, twice its longer side, cut to the layer; halves go outward."""
    assert edit_box(Box(100, 100, 160, 180), (1000, 1000)) == Box(50, 60, 210, 220)
    assert edit_box(Box(100, 100, 180, 160), (1000, 1000)) == Box(60, 50, 220, 210)
    assert edit_box(Box(100, 100, 160, 180), (170, 110)) == Box(50, 60, 170, 110)
    assert edit_box(Box(10, 10, 13, 11), (100, 100)) == Box(8, 7, 15, 14)


def test_what_an_edit_of_a_given_region_needs_of_the_layer() -> None:
    """At least 512 pixels a side, moved inside at a border, or all that there is; around large ones the same square."""
    assert region_box(Box(1000, 1000, 1020, 1030), (4000, 3000)) == Box(754, 759, 1266, 1271)
    assert region_box(Box(5, 2990, 25, 3000), (4000, 3000)) == Box(0, 2488, 512, 3000)
    assert region_box(Box(100, 100, 120, 130), (300, 2000)) == Box(0, 0, 300, 512)
    large = Box(1000, 1000, 1800, 1600)
    assert region_box(large, (4000, 3000)) == edit_box(large, (4000, 3000))


@pytest.mark.parametrize(
    ("layer", "copy"),
    [
        ((1280, 1280), (1280, 1280)),
        ((2560, 1280), (1280, 640)),
        ((1000, 3000), (427, 1280)),
        ((10, 7), (10, 7)),
        ((30000, 1), (1280, 1)),
        ((1, 30000), (1, 1280)),
    ],
)
def test_the_copy_that_is_searched(layer: tuple[int, int], copy: tuple[int, int]) -> None:
    """At most 1,280 pixels a side in the layer's proportions, never enlarged, at least a pixel."""
    assert search_size(layer) == copy


def test_the_copy_that_is_searched_for_something_else() -> None:
    """A shorter side can be asked for."""
    assert search_size((200, 100), 50) == (50, 25)


@pytest.mark.parametrize("size", [(1, 1), (MAX_SIDE, 1), (1, MAX_SIDE), (10_000, MAX_PIXELS // 10_000)])
def test_sizes_of_pictures(size: tuple[int, int]) -> None:
    """One pixel, the longest sides and the most pixels are taken."""
    check_size(size)


@pytest.mark.parametrize(
    ("size", "error", "words"),
    [
        ((0, 1), BadImage, "0×1 pixels"),
        ((1, 0), BadImage, "1×0 pixels"),
        ((MAX_SIDE + 1, 1), TooLarge, f"{MAX_SIDE + 1}×1 pixels; the limits are 100 megapixels and 32768"),
        ((1, MAX_SIDE + 1), TooLarge, f"1×{MAX_SIDE + 1} pixels"),
        ((10_000, MAX_PIXELS // 10_000 + 1), TooLarge, "10000×10001 pixels"),
    ],
)
def test_sizes_that_no_picture_has(size: tuple[int, int], error: type[Exception], words: str) -> None:
    """A pixel less or more is refused, with the limits."""
    with pytest.raises(error, match=words):
        check_size(size)


@pytest.mark.parametrize("channels", range(-1, 7))
def test_channels_of_a_plane(channels: int) -> None:
    """One to four, and exactly the data of all pixels."""
    if channels not in range(1, 5):
        with pytest.raises(BadImage, match=f"{channels} channels"):
            Plane(2, 3, channels, bytes(6))
        return
    assert Plane(2, 3, channels, bytes(6 * channels)).size == (2, 3)
    for length in (6 * channels - 1, 6 * channels + 1):
        with pytest.raises(BadImage, match="announced size"):
            Plane(2, 3, channels, bytes(length))


_boxes = st.builds(
    lambda x, y, width, height: Box(x, y, x + width, y + height),
    *(st.integers(-5, 5), st.integers(-5, 5), st.integers(1, 8), st.integers(1, 8)),
)


@given(_boxes, _boxes)
def test_framed_is_the_same_pixels_elsewhere(box: Box, frame: Box) -> None:
    """Every pixel of the frame is the plane's where that has one, else 0."""
    plane = Plane(*box.size, 1, bytes(1 + index for index in range(box.width * box.height)))
    seen = framed(plane, box, frame)
    assert (seen.size, seen.channels) == (frame.size, 1)
    for y in range(frame.height):
        for x in range(frame.width):
            u, v = frame.x0 + x - box.x0, frame.y0 + y - box.y0
            inside = 0 <= u < box.width and 0 <= v < box.height
            assert seen.data[y * frame.width + x] == (plane.data[v * box.width + u] if inside else 0)
