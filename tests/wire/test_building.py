"""The two requests, made from a picture that writes down what is read of it."""

from __future__ import annotations

import pytest

from text_replace_wire.building import edit_request, find_request, given_region, needed_box
from text_replace_wire.errors import NotFound
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate, Found, MaskKind
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane
from text_replace_wire.where import Limit, Where, chosen

PAINTING = Painting("fast", grow=2.0, feather=1.0)


class Picture:
    """600 × 400 pixels, all 7; selected is all (9), nothing (0) or no selection at all (None)."""

    size = (600, 400)

    def __init__(self, selected: int | None = None) -> None:
        self.selected = selected
        self.asked: list[tuple[Box, tuple[int, int]]] = []

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        self.asked.append((box, size))
        return Plane(*size, 3, bytes([7]) * (3 * size[0] * size[1]))

    def read_selection(self, box: Box, size: tuple[int, int]) -> Plane | None:
        self.asked.append((box, size))
        return None if self.selected is None else Plane(*size, 1, bytes([self.selected]) * (size[0] * size[1]))


class LargePicture(Picture):
    """Its search copy is half as large."""

    size = (2560, 100)


def where(kind: MaskKind = MaskKind.OBJECT, recorded: bool = False, limit: Limit | None = None) -> Where:
    box = Box(100, 100, 120, 130)
    size = box.size if kind is MaskKind.REGION else (4, 4)
    return Where(kind, Plane(*size, 1, bytes([255]) * (size[0] * size[1])), box, recorded=recorded, limit=limit)


def test_a_find_shows_the_whole_layer() -> None:
    """Picture and selection at the size that is searched, and the words, models and edit to come as they are given."""
    picture = LargePicture(9)
    request = find_request(picture, "apple", "starter", "orange", PAINTING)
    assert (request.replace, request.models, request.with_, request.painting) == (
        "apple",
        "starter",
        "orange",
        PAINTING,
    )
    assert (request.image.size, request.layer_size) == ((1280, 50), (2560, 100))
    assert request.selection is not None and request.selection.data[0] == 9
    assert picture.asked == 2 * [(Box(0, 0, 2560, 100), (1280, 50))]
    plain = find_request(Picture(), "apple")
    assert (plain.models, plain.with_, plain.painting, plain.selection) == ("auto", None, Painting(), None)


def test_an_edit_shows_what_growth_and_feather_need() -> None:
    """The box with the margin of the painting around it, inside the layer, at full resolution."""
    picture = Picture()
    request = edit_request(picture, where(), "apple", "orange", 5, "starter", PAINTING, 3)
    assert (request.replace, request.with_, request.seed) == ("apple", "orange", 5)
    assert (request.models, request.painting, request.variations) == ("starter", PAINTING, 3)
    assert request.box == Box(95, 95, 125, 135) == needed_box(where(), PAINTING, picture.size)
    assert (request.image.size, request.layer_size) == ((30, 40), (600, 400))
    assert (request.mask, request.mask_kind) == (where().mask, MaskKind.OBJECT)
    plain = edit_request(picture, where(), "apple", "orange", 5)
    assert (plain.models, plain.painting, plain.variations, plain.box) == ("auto", Painting(), 1, where().box)
    assert needed_box(where(), Painting(grow=300.0), picture.size) == Box(0, 0, 570, 400)


@pytest.mark.parametrize(
    ("near", "far", "grey"),
    [
        ((7, 7, 7), (90, 90, 90), True),
        ((7, 9, 8), (90, 91, 90), True),
        ((7, 7, 7), (90, 95, 90), False),
        ((9, 5, 7), (7, 7, 7), False),
    ],
)
def test_a_picture_without_colours_is_grey(near: tuple[int, ...], far: tuple[int, ...], grey: bool) -> None:
    """However it is kept; one that is grey only around the object is not, nor is one of a tint."""

    class Halves(Picture):
        def read(self, box: Box, size: tuple[int, int]) -> Plane:
            whole = size == self.size
            return Plane(*size, 3, bytes(far if whole else near) * (size[0] * size[1]))

    assert edit_request(Halves(), where(), "apple", "orange", 5).grey is grey


def test_what_limits_an_edit() -> None:
    """The selection that there is; for a recorded edit the one that was recorded, at its place; for a region none."""

    def limit(picture: Picture, place: Where) -> Plane | None:
        return edit_request(picture, place, "apple", "orange", 5).selection

    covered = Limit(Plane(10, 30, 1, bytes([3]) * 300), Box(110, 100, 120, 130))
    selection = limit(Picture(9), where())
    assert selection is not None and (selection.size, selection.data[0]) == ((20, 30), 9)
    assert limit(Picture(), where()) is None
    assert limit(Picture(9), where(MaskKind.REGION)) is None
    assert limit(Picture(9), where(recorded=True)) is None
    recorded = limit(Picture(9), where(recorded=True, limit=covered))
    assert recorded == Plane(20, 30, 1, 30 * (bytes(10) + bytes([3]) * 10))


def test_a_given_region_is_the_selection() -> None:
    """With the surroundings that an edit of it needs; without anything selected there is none."""
    picture = Picture(9)
    region = given_region(picture, Box(100, 100, 120, 130))
    seen = Box(0, 0, 512, 400)
    assert region == Where(MaskKind.REGION, Plane(*seen.size, 1, bytes([9]) * (512 * 400)), seen)
    assert picture.asked == [(seen, seen.size)]
    assert given_region(Picture(), Box(100, 100, 120, 130)) is None
    assert given_region(Picture(0), Box(100, 100, 120, 130)) is None


def candidate(rank: int, mask: bytes) -> Candidate:
    return Candidate(rank, "apple", 0.5, 0.5, Box(0, 0, 1, 1), Box(rank, 0, rank + 2, 2), 1, Plane(2, 1, 1, mask))


def test_chosen_is_the_engines_choice_or_the_users() -> None:
    """What was picked, else what the engine chose, less what is taken away; its sentence where it chose nothing."""
    candidates = (candidate(0, b"\xff\x00"), candidate(1, b"\xff\xff"))
    found = Found(candidates, (0,), "")
    assert chosen(found) == Where(MaskKind.OBJECT, candidates[0].mask, Box(0, 0, 2, 2), (0,))
    assert chosen(found, [1]) == Where(MaskKind.OBJECT, candidates[1].mask, Box(1, 0, 3, 2), (1,))
    less = Where(MaskKind.OBJECT, Plane(2, 1, 1, b"\x00\xff"), Box(1, 0, 3, 2), (1,), (0,))
    assert chosen(found, [1], [0]) == less
    with pytest.raises(NotFound, match="I saw a dog"):
        chosen(Found(candidates, (), "I saw a dog"))
