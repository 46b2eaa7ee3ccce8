"""How far around an object photographs are painted, and what an edit of them sees."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tests.engine.latent.painted import region_of
from text_replace_engine.painting.latent.names import Room
from text_replace_engine.painting.latent.room import edit_box, extent_of, region_with_room
from text_replace_engine.painting.region import edit_region
from text_replace_engine.tensors import bounding_box
from text_replace_wire.geometry import Box
from text_replace_wire.geometry import edit_box as plain_edit_box

SIZE, OBJECT = (300, 240), Box(120, 90, 200, 130)
MASK = region_of(SIZE, OBJECT)


def _region(room: Room, grow: float | None = None, feather: float | None = None, mask: Tensor = MASK) -> Tensor:
    return region_with_room(mask, room, grow, feather)


def test_rooms_are_ordered() -> None:
    """Each has all of the one before, and more; and all of the object is new."""
    tight, normal, loose = (_region(room) for room in Room)
    for less, more in ((MASK, tight), (tight, normal), (normal, loose)):
        assert bool((more >= less).all()) and float(more.sum()) > 1.1 * float(less.sum())
    # Room for a ball in place of a pen.
    assert float(loose[..., 75, 160]) == 1 and float(normal[..., 75, 160]) < 1


def test_growth_and_feather_follow_the_object() -> None:
    """All is new within 4 pixels and half the feather, which is a tenth of the diagonal; nothing is beyond both."""
    feather = 0.1 * math.hypot(*OBJECT.size)
    row = _region(Room.NORMAL)[0, 0, 110, OBJECT.x1 :]
    assert float(row[math.floor(4 + feather / 2) - 1]) == 1
    assert float(row[math.ceil(4 + 1.5 * feather)]) == 0
    assert 0.35 < float(row[round(4 + feather)]) < 0.65
    assert extent_of(Box(0, 0, 6, 8), Room.NORMAL) == (6, 4)
    assert extent_of(Box(0, 0, 3000, 4000), Room.TIGHT) == (4, 256)


def test_what_was_asked_for_is_taken() -> None:
    """A growth is everybody's, whatever the room; a feather alone keeps the room's growth."""
    assert torch.equal(_region(Room.LOOSE, 12), edit_region(MASK, 12)) and torch.equal(_region(Room.LOOSE, 0), MASK)
    hard = _region(Room.NORMAL, feather=0)
    grow, _feather = extent_of(OBJECT, Room.NORMAL)
    assert torch.equal(hard, edit_region(MASK, grow, 0))


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_thin_object_in_a_large_picture_has_room(width: int) -> None:
    """A wire of a pixel, which is lost where the picture is made smaller, grows like a thick one, also by what is asked
    for.
    """
    mask = region_of((1600, 1200), Box(200, 600, 1400, 600 + width))
    region = _region(Room.TIGHT, mask=mask)
    assert float(region[..., 598:603, 210:1390].min()) == 1 and float(region[..., 700, :].max()) > 0
    assert float(_region(Room.NORMAL, 12, mask=mask)[..., 592:608, 210:1390].min()) == 1


def test_separate_objects_grow_by_their_own_size() -> None:
    """A small one beside a large one has less."""
    both = _region(Room.NORMAL, mask=region_of(SIZE, Box(20, 20, 120, 120), Box(220, 180, 240, 200)))
    assert float(both[..., 190, 250]) < 1 and float(both[..., 70, 130]) == 1


@given(st.integers(1, 600), st.integers(1, 600), st.data())
def test_an_edit_sees_the_region_with_its_surroundings(width: int, height: int, data: st.DataObject) -> None:
    """No region is cut where the picture goes on, small objects have 512 pixels around them, and none sees less than
    other painters.
    """
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = Box(x0, y0, data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height)))
    seen = edit_box(box, (width, height))
    assert seen == seen.clipped((width, height)) and seen == seen.union(plain_edit_box(box, (width, height)))
    assert seen.width >= min(width, 512) and seen.height >= min(height, 512)


@pytest.mark.parametrize("size", [(70, 40), (12, 9), (200, 30)])
def test_no_region_is_cut(size: tuple[int, int]) -> None:
    """The loosest ends inside of what an edit sees."""
    x0, y0 = 600, 550
    box = Box(x0, y0, x0 + size[0], y0 + size[1])
    region = bounding_box(_region(Room.LOOSE, mask=region_of((1300, 1200), box)), threshold=0.0)
    seen = edit_box(box, (1300, 1200))
    assert region.union(seen) == seen and region.union(seen.grown(-20)) == seen.grown(-20)
