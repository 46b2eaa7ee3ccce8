"""Several pairs in one run: what is typed for them, which exclude each other, and who gives way where they meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_replace_wire.errors import BadSelection, NotFound, UserError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Found, MaskKind
from text_replace_wire.pairs import (
    MAX_PAIRS,
    Painted,
    Pair,
    check_apart,
    check_number,
    given_way,
    place_of,
    typed,
    union,
    written,
)
from text_replace_wire.planes import Plane
from text_replace_wire.where import Where

APPLE, DOG = Pair("apple", "orange"), Pair("dog", "cat")
WORDS = st.text("ab ", min_size=1).map(str.strip).filter(bool)


@given(st.lists(st.builds(Pair, WORDS, WORDS), min_size=1))
def test_lines_are_pairs(pairs: list[Pair]) -> None:
    """What is written as lines is read as the same pairs."""
    assert typed(*written(pairs)) == tuple(pairs)


@pytest.mark.parametrize(
    ("replace", "with_", "pairs"),
    [
        (" apple ", "orange\n", (APPLE,)),
        ("apple\r\ndog", "orange\r\ncat", (APPLE, DOG)),
        ("apple\n\ndog\n", "orange\n\ncat", (APPLE, DOG)),
        ("apple\ndog", "orange", (APPLE, Pair("dog"))),
        ("apple", "orange\ncat", (APPLE, Pair("", "cat"))),
        ("", "", (Pair(""),)),
    ],
)
def test_blank_lines_are_no_pairs(replace: str, with_: str, pairs: tuple[Pair, ...]) -> None:
    """A field that was added and left empty is nothing; a word without its partner stays, to be asked for."""
    assert typed(replace, with_) == pairs


def test_a_run_takes_eight() -> None:
    """More are refused before anything runs."""
    check_number(MAX_PAIRS)
    with pytest.raises(UserError, match="9 objects"):
        check_number(9)


def row(values: list[int]) -> Plane:
    return Plane(len(values), 1, 1, bytes(values))


def place(pixels: str) -> Where:
    """`#` where the object is."""
    return Where(MaskKind.OBJECT, row([255 * (pixel == "#") for pixel in pixels]), Box(0, 0, len(pixels), 1))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("####    ", "####    ", True),
        ("########", "      ##", True),
        ("####    ", "  ####  ", True),
        ("####    ", "   #### ", False),
        ("####    ", "    ####", False),
    ],
)
def test_pairs_that_mean_the_same(one: str, other: str, is_same: bool) -> None:
    """The same object, one inside the other, or more than a quarter of the smaller one: the sentence names both."""
    between = place("        ")
    if is_same:
        with pytest.raises(BadSelection, match="“apple” → “orange” and “dog” → “cat” are the same"):
            check_apart([APPLE, Pair("cup", "bowl"), DOG], [place(one), between, place(other)])
    else:
        check_apart([APPLE, DOG], [place(one), place(other)])


def test_the_one_that_is_not_found_is_named() -> None:
    """Of several; alone, the engine's sentence says enough."""
    nothing = Found((), (), "I saw a tree.")
    with pytest.raises(NotFound, match="^“dog” → “cat”: I saw a tree.$"):
        place_of(DOG, nothing, [APPLE, DOG])
    with pytest.raises(NotFound, match="^I saw a tree.$"):
        place_of(DOG, nothing, [DOG])


def painted(box: Box, region: list[int], object_mask: list[int]) -> Painted:
    return Painted(box, row(region), row(object_mask))


def test_later_regions_keep_out_of_earlier_objects() -> None:
    """Where two grown regions meet, the earlier object keeps its place and the later one its own; what both only
    painted around them lies over each other; the earlier region is not touched.
    """
    first = painted(Box(0, 0, 6, 1), [255, 255, 255, 255, 200, 100], [0, 255, 255, 100, 0, 0])
    second = painted(Box(2, 0, 8, 1), [50, 100, 200, 255, 255, 255], [0, 0, 0, 255, 255, 0])
    assert [list(region.data) for region in given_way([first, second])] == [
        [255, 255, 255, 255, 200, 100],
        [0, round(100 * 155 / 255), 200, 255, 255, 255],
    ]
    shared = painted(Box(2, 0, 4, 1), [255, 255], [255, 0])
    assert list(given_way([first, shared])[1].data) == [255, 155], "a pixel of both objects is the later one's"


def test_regions_apart_stay_as_they_are() -> None:
    """The very same planes: a pair among others is what it is alone."""
    first = painted(Box(0, 0, 3, 1), [9, 255, 9], [0, 255, 0])
    second = painted(Box(2, 0, 5, 1), [7, 255, 7], [0, 255, 0])
    assert given_way([first, second]) == [first.region, second.region]
    assert union([first.region], [first.box]) == (first.region, first.box)


def test_the_union_says_how_much_is_new() -> None:
    """1 − (1 − a)(1 − b), rounded, over the box around all."""
    whole, box = union([row([255, 100, 0]), row([100, 50])], [Box(0, 0, 3, 1), Box(1, 0, 3, 1)])
    new = 255 - round(round(255 * 155 / 255) * 155 / 255)
    assert (list(whole.data), box) == ([255, new, 50], Box(0, 0, 3, 1))
