"""Where the regions of two edits meet, each pixel is that edit's whose object is nearer."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text_replace_wire.geometry import Box
from text_replace_wire.meeting import Painted, giving_way
from text_replace_wire.planes import Plane


def painted(box: Box, region: list[int], object_mask: list[int]) -> Painted:
    """Rows that are all alike."""
    return Painted(box, *(Plane(*box.size, 1, bytes(row) * box.height) for row in (region, object_mask)))


def rows(plane: Plane) -> list[list[int]]:
    return [list(plane.data[start : start + plane.width]) for start in range(0, len(plane.data), plane.width)]


def strip(width: int, height: int, gap: int) -> tuple[Painted, Painted]:
    """Two objects beside each other with a gap, whose regions both cover everything."""
    side = (width - gap) // 2
    box = Box(5, 7, 5 + width, 7 + height)
    earlier = [255] * side + [0] * (width - side)
    later = [0] * (side + gap) + [255] * (width - side - gap)
    return tuple(painted(box, [255] * width, each) for each in (earlier, later))  # type: ignore[return-value]


@pytest.mark.parametrize(("width", "height", "gap"), [(60, 20, 20), (700, 30, 200), (40, 10, 0)])
def test_midway_one_fades_into_the_other(width: int, height: int, gap: int) -> None:
    """Nothing of the later one where the earlier object is, all where its own is, half in the middle, and on the way no
    edge: neighbours differ by no more than the fading has steps, on a grid of the picture's own size or a coarser one.
    """
    earlier, later = strip(width, height, gap)
    side = (width - gap) // 2
    for row in rows(giving_way(later, earlier)):
        assert row[:side] == [0] * side and row[side + gap :] == [255] * (width - side - gap)
        if gap:
            assert row[side + gap // 2] == pytest.approx(127, abs=20)
            assert all(0 <= after - before <= 2 * 255 / gap * 2.1 for before, after in pairwise(row))


def test_the_order_hardly_matters() -> None:
    """Laid over each other the other way round, a pixel is as much of each."""
    earlier, later = strip(60, 20, 20)
    (one, *_), (other, *_) = rows(giving_way(later, earlier)), rows(giving_way(earlier, later))
    assert all(abs(a + b - 255) <= 1 for a, b in zip(one, other, strict=True))


def test_where_only_one_region_is_it_stays() -> None:
    """Beside the part that both have, and to the degree to which the earlier one has less of it."""
    later = painted(Box(0, 0, 8, 4), [9, 99, 255, 255, 255, 255, 255, 255], [0] * 6 + [255] * 2)
    earlier = painted(Box(0, 0, 4, 4), [255, 255, 128, 0], [255, 0, 0, 0])
    for row in rows(giving_way(later, earlier)):
        assert row[0] == 0 and row[3:] == [255] * 5
        assert 0 <= row[1] < 99 and 127 <= row[2] < 255


def test_a_pixel_of_both_objects_is_the_later_ones() -> None:
    """Else the old object would stay there."""
    later = painted(Box(0, 0, 4, 2), [255] * 4, [255, 255, 0, 0])
    earlier = painted(Box(0, 0, 4, 2), [255] * 4, [0, 255, 255, 255])
    assert rows(giving_way(later, earlier)) == [[255, 255, 0, 0]] * 2


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_regions_that_do_not_meet_stay(data: st.DataObject) -> None:
    """The very same plane, wherever the boxes lie."""
    x, y = (data.draw(st.integers(-9, 9)) for _ in "xy")
    later = painted(Box(0, 0, 6, 3), [0, 200, 255, 255, 7, 0], [0, 0, 255, 0, 0, 0])
    earlier = painted(Box(x, y, x + 4, y + 2), [0, 0, 0, 0] if abs(x) < 6 and abs(y) < 3 else [255] * 4, [0] * 4)
    assert giving_way(later, earlier) is later.region
