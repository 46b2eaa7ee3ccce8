"""Several pairs in one run: what is typed for them, which exclude each other, and who gives way where they meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_replace_wire.errors import BadSelection, Cancelled, NotFound, UserError
from text_replace_wire.geometry import Box
from text_replace_wire.meeting import Painted
from text_replace_wire.messages import Found, MaskKind
from text_replace_wire.pairs import (
    MAX_PAIRS,
    Pair,
    check_apart,
    check_number,
    given_way,
    matched,
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
        ("apple\n", "orange\ncat", (APPLE, Pair("", "cat"))),
        ("apple", "a red\r\n orange\n", (Pair("apple", "a red orange"),)),
        ("", "", (Pair(""),)),
    ],
)
def test_blank_lines_are_no_pairs(replace: str, with_: str, pairs: tuple[Pair, ...]) -> None:
    """A field that was added and left empty is nothing; a word without its partner stays, to be asked for; and the one
    new object may be described in several lines, as scripts did before there were pairs.
    """
    assert typed(replace, with_) == pairs


def test_words_that_were_there_before() -> None:
    """Each is found again once, wherever it stands now."""
    assert matched(["apple", "dog", "apple"], ["dog", "cat", "apple", "apple", "apple"]) == [1, None, 0, 2, None]
    assert matched(["apple", None], ["apple"]) == [0]


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


def test_each_gives_way_to_all_before_it() -> None:
    """The first one is as it is; of the others nothing is left where an earlier object is."""
    box = Box(0, 0, 6, 1)
    objects = ([255, 255, 0, 0, 0, 0], [0, 0, 255, 255, 0, 0], [0, 0, 0, 0, 255, 255])
    first, second, third = given_way([Painted(box, row([255] * 6), row(own)) for own in objects])
    assert first == row([255] * 6)
    assert (list(second.data[:4]), list(third.data)) == ([0, 0, 255, 255], [0, 0, 0, 0, 255, 255])


def test_cancel_while_regions_meet() -> None:
    """With many large ones that takes seconds: it is asked for each that may meet another, and one alone never is."""
    box, asked = Box(0, 0, 6, 1), []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 2

    painted = [Painted(box, row([255] * 6), row([255] * 6))] * 3
    assert given_way(painted[:1], cancelled) == [row([255] * 6)] and not asked
    with pytest.raises(Cancelled):
        given_way(painted, cancelled)


def test_regions_apart_stay_as_they_are() -> None:
    """The very same planes: a pair among others is what it is alone."""
    apart = [Painted(Box(x, 0, x + 3, 1), row([9, 255, 9]), row([0, 255, 0])) for x in (0, 3)]
    assert given_way(apart) == [each.region for each in apart]
    assert union([apart[0].region], [apart[0].box]) == (apart[0].region, apart[0].box)


def test_the_union_says_how_much_is_new() -> None:
    """1 − (1 − a)(1 − b), rounded, over the box around all."""
    whole, box = union([row([255, 100, 0]), row([100, 50])], [Box(0, 0, 3, 1), Box(1, 0, 3, 1)])
    new = 255 - round(round(255 * 155 / 255) * 155 / 255)
    assert (list(whole.data), box) == ([255, new, 50], Box(0, 0, 3, 1))
