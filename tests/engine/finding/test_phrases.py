"""Which one: what words mean among objects that lie in known places, around a finder that names them all."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.finder import Finding, Seen
from text_replace_engine.finding.match import split_prompt
from text_replace_engine.finding.phrases.choosing import Chosen
from text_replace_engine.finding.phrases.language import english
from text_replace_engine.finding.phrases.naming import found
from text_replace_engine.finding.phrases.objects import objects
from text_replace_engine.finding.phrases.parsing import parsed
from text_replace_engine.finding.touching import parted
from text_replace_engine.models.vocabulary import Reading, Vocabulary, reading
from text_replace_engine.steps import finished
from text_replace_engine.words import told_of_nouns
from text_replace_wire.messages import Stage

NAMES = ("apple", "green apple", "orange", "cat", "dog", "car", "cherries", "hot dog")
RED, BLUE = (0.8, 0.1, 0.1), (0.1, 0.2, 0.8)
#: (noun, x, y, side, colour) in a picture of 200 × 100, by number.
SCENE = (
    ("apple", 10, 40, 12, RED),
    ("apple", 60, 42, 20, RED),
    ("apple", 110, 38, 16, RED),
    ("cat", 85, 10, 18, BLUE),
    ("dog", 150, 60, 24, BLUE),
    ("car", 20, 75, 15, RED),
    ("car", 95, 75, 15, BLUE),
)


def picture() -> tuple[Tensor, list[Seen]]:
    """The scene, and its objects, each with its noun as the label."""
    image, seen = np.ones((100, 200, 3), np.float32), []
    for noun, x, y, side, colour in SCENE:
        pixels = np.zeros((100, 200), bool)
        pixels[y : y + side, x : x + side] = True
        image[pixels] = colour
        seen.append(Seen(noun, pixels, 1 / len(SCENE), 0.9))
    return torch.from_numpy(image).permute(2, 0, 1)[None], seen


class Naming:
    """A finder that knows every object by its label, in the singular or the plural."""

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        yield Stage.CHOOSE
        ranked = tuple(picture()[1])
        named = tuple(
            tuple(place for place, each in enumerate(ranked) if part in (each.label, english().plural(each.label)))
            for part in split_prompt(phrase)
        )
        chosen = tuple(sorted({places[0] for places in named if places}))
        return Finding(ranked, chosen, () if chosen else ("apple", "cat", "dog", "car"), named=named)


class Listed:
    """Of a model set with a list of names, what it makes of prompts."""

    def reading(self, prompt: str) -> Reading:
        return reading(prompt, Vocabulary((*NAMES, "umbrella"), dict.fromkeys((*NAMES, "umbrella"), ())))


def meant(prompt: str) -> Chosen:
    asked, _ = told_of_nouns(parsed(prompt, english(), NAMES), Listed())  # type: ignore[arg-type]
    assert not asked.is_plain
    visible = np.ones((100, 200), bool)
    return finished(found(asked, Naming(), picture()[0], visible, english(), is_listed=True))[1]


@pytest.mark.parametrize(
    ("prompt", "places"),
    [
        ("apples", (0, 1, 2)),
        ("all the apples", (0, 1, 2)),
        ("every apple", (0, 1, 2)),
        ("the three apples", (0, 1, 2)),
        ("the left apple", (0,)),
        ("the apple on the far right side of the picture", (2,)),
        ("the leftmost apple", (0,)),
        ("the middle apple", (1,)),
        ("the second apple from the right", (1,)),
        ("the first apple", (0,)),
        ("the last apple", (2,)),
        ("the first two apples", (0, 1)),
        ("the biggest apple", (1,)),
        ("the second biggest apple", (2,)),
        ("the small apple over there", (0,)),
        ("the smallest", (0,)),
        ("the biggest one", (4,)),
        ("the top one", (3,)),
        ("every apple but the left one", (1, 2)),
        ("all apples except the first and the last", (1,)),
        ("all but the left apple", (1, 2)),
        ("everything but the cat and the cars", (0, 1, 2, 4)),
        ("both cars", (5, 6)),
        ("apples and cats", (0, 1, 2, 3)),
        ("the left apple and the right car", (0, 6)),
        ("the left and the right apple", (0, 2)),
        ("the apple next to the dog", (2,)),
        ("the apples left of the cat", (0, 1)),
        ("the apple between the cat and the dog", (2,)),
        ("the red car", (5,)),
        ("the biggest blue one", (4,)),
        ("a photo of the left apple", (0,)),
        ("apples and umbrellas", (0, 1, 2)),
        ("two apples", (0, 1)),
        ("the cat, not the dog", (3,)),
        ("the car that is not red", (6,)),
        ("the non-red car", (6,)),
        ("the blue car, not the umbrella", (6,)),
        ("the apple that is not next to the dog", (0,)),
        ("the apple but not the left one", (1,)),
        ("all but the cat", (0, 1, 2, 4, 5, 6)),
        ("not the apples", (3, 4, 5, 6)),
        ("all red cars but the blue one", (5,)),
        ("red and blue cars", (5, 6)),
        ("the red and the blue car", (5, 6)),
        ("the apples left of the dog but the left one", (1, 2)),
        ("the apple third from the left", (2,)),
        ("the apple that is second from the right", (1,)),
        ("all red objects", (0, 1, 2, 5)),
        ("everything blue", (3, 4, 6)),
        ("the thing next to the dog", (2,)),
    ],
)
def test_words_mean_the_objects_that_a_person_means(prompt: str, places: tuple[int, ...]) -> None:
    """Places, sizes, numbers, exceptions, neighbours and colours choose among what the nouns name."""
    chosen = meant(prompt)
    assert chosen.places == places, chosen
    assert chosen.understood


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("the fourth apple", "3 apples only"),
        ("both apples", "3 apples only"),
        ("the second dog", "1 dog only"),
        ("the red dog", "1 dog, but it is not red"),
        ("the green cars", "2 cars, but none of them is green"),
        ("the apple next to the umbrella", "no umbrella"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(prompt: str, said: str) -> None:
    """An ordinal, a number, a colour or a neighbour that does not exist: nothing is meant, and a sentence counts."""
    chosen = meant(prompt)
    assert not chosen.places and not chosen.understood
    assert said in chosen.problem


@pytest.mark.parametrize(
    ("prompt", "understood"),
    [
        ("every apple but the right one", "2 of 3 apples: left, middle"),
        ("apples", "all 3 apples"),
        ("the left dog", "the only dog"),
        ("the car on the right", "1 of 2 cars: right"),
        ("the red car and the cat", "the only red car; the only cat"),
    ],
)
def test_what_was_understood_is_a_short_sentence(prompt: str, understood: str) -> None:
    """How many of how many, and which."""
    assert meant(prompt).understood == understood


@pytest.mark.parametrize(
    "prompt",
    ["apple", "the “apple”", "green apple", "orange", "hot dog", "cherries", "my sister's old apple", "top hat", "top",
     "bowl of apples", "glasses", "bus", "an apple and a cat", "left", "???", "the two story apple", "ice cream",
     "die Katze links", "das Glas", "autobús", "the object", "a shiny thing", "a painting by Monet",
     "a pair of glasses"],
)  # fmt: skip
def test_names_win_over_the_grammar(prompt: str) -> None:
    """What names an object, even with a word that could say which, is looked for as it always was."""
    assert parsed(prompt, english(), NAMES).is_plain


def test_an_orange_cat_is_no_orange() -> None:
    """A colour that is a name, too, is one before another name, whether the models have a list of names or not."""
    listed, _ = told_of_nouns(parsed("an orange cat", english(), NAMES), Listed())  # type: ignore[arg-type]
    for asked in (listed, parsed("an orange cat", english())):
        (group,) = asked.groups
        assert (group.noun, group.colour) == ("cat", "orange")


@pytest.mark.parametrize(
    ("prompt", "noun", "sought", "colour"),
    [
        ("ice cream", "ice cream", "ice cream", None),
        ("rose gold watch", "rose gold watch", "rose gold watch", None),
        ("the house with a red roof", "house with a red roof", "house with a red roof", None),
        ("the hot pink dress", "hot dress", "hot pink dress", "pink"),
        ("the left blue sky car", "sky car", "blue sky car", "blue"),
        ("black cup of coffee", "cup of coffee", "black cup of coffee", "black"),
        ("the car that is red", "car", "car that is red", "red"),
        ("a small black and white cat", "cat", "black-and-white cat", "black"),
        ("the red, white and blue car", "car", "red-and-white-and-blue car", "red"),
        ("all the rosy red balloons but the left one", "rosy balloons", "rosy red balloons", "red"),
    ],
)
def test_models_of_any_phrase_are_asked_for_it_as_it_was_typed(
    prompt: str, noun: str, sought: str, colour: str | None
) -> None:
    """A colour is measured, but stays where it was said; two of one object stay together."""
    (group,) = parsed(prompt, english()).groups
    assert (group.noun, group.phrase or group.noun, group.colour) == (noun, sought, colour)
    assert all(other.phrase == group.phrase for other in group.but)
    asked: list[str] = []

    class Asked(Naming):
        def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
            asked.extend(split_prompt(phrase))
            return (yield from super().find(image, visible, phrase))

    finished(
        found(parsed(prompt, english()), Asked(), picture()[0], np.ones((100, 200), bool), english(), is_listed=False)
    )
    assert asked == [sought]


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("an orange and white cat", 1),
        ("an orange and a white cat", 2),
        ("a black and white cat", 1),
        ("the red and the blue car", 2),
    ],
)
def test_a_second_determiner_makes_two_of_two_colours(prompt: str, count: int) -> None:
    """For models with a list of names as for others."""
    assert len(parsed(prompt, english(), NAMES).groups) == len(parsed(prompt, english()).groups) == count


@pytest.mark.parametrize(
    ("prompt", "every"),
    [
        ("red and blue balloons", [True, True]),
        ("the red and the blue balloon", [False, False]),
        ("the first red and the other balloons", [False, True]),
    ],
)
def test_a_plural_is_of_all_that_leave_their_noun_to_it(prompt: str, every: list[bool]) -> None:
    """Not of an ordinal, which is one."""
    for names in (("balloon",), ()):
        assert [group.every for group in parsed(prompt, english(), names).groups] == every


def test_a_fruit_behind_but_is_no_colour() -> None:
    """Where the main noun is the same; and what ends in s as a name does is counted all the same."""
    (group,) = parsed("all oranges but the left orange", english()).groups
    assert [(other.noun, other.colour) for other in group.but] == [("orange", None)]
    (group,) = parsed("all three cherries", english(), NAMES).groups
    assert (group.noun, group.count) == ("cherries", 3)


@pytest.mark.parametrize("count", [24, 40])
def test_a_finder_may_look_for_no_more_than_some(count: int) -> None:
    """What it has no room for is not there; nothing fails."""

    class Short(Naming):
        def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
            finding = yield from super().find(image, visible, phrase)
            return Finding(finding.ranked, finding.chosen, (), named=finding.named[:24])

    # In alphabetical order the apple is the first.
    names = ", ".join(f"x{letter}z" for letter in "abcdefghijklmnopqrstuvwxyzäöüéèêëïîôûùçñåøæœ"[:count])
    asked = parsed(f"the left apple, {names}", english())
    chosen = finished(found(asked, Short(), picture()[0], np.ones((100, 200), bool), english(), is_listed=False))[1]
    assert chosen.places == (0,)


def _discs(*places: tuple[int, int, int]) -> NDArray[np.bool_]:
    y, x = np.mgrid[:120, :160]
    whole: NDArray[np.bool_] = np.any([(x - left) ** 2 + (y - top) ** 2 <= r**2 for left, top, r in places], axis=0)
    return whole


@pytest.mark.parametrize(
    ("places", "count"),
    [(((40, 60, 30), (98, 60, 30)), 2), (((40, 60, 30), (80, 60, 12)), 2), (((60, 60, 40),), 1)]
    + [(((30, 60, 22), (72, 60, 22), (114, 60, 22)), 3)],
)
def test_touching_objects_are_parted_at_their_necks(places: Sequence[tuple[int, int, int]], count: int) -> None:
    """Two or three that touch are as many, one is one, and no pixel is lost or in two of them."""
    whole = _discs(*places)
    parts = parted(whole)
    assert len(parts) == count
    assert (np.sum(parts, axis=0) == whole).all()


def test_objects_are_counted_not_fragments() -> None:
    """A union of two named candidates counts as these two, and a part inside a better candidate not at all."""
    left, right, inside = _discs((40, 60, 30)), _discs((98, 60, 30)), _discs((40, 60, 10))
    ranked = [Seen("apple", pixels, 0.2, 0.9) for pixels in (left | right, left, right, inside)]
    assert [each.place for each in objects(ranked, range(4))] == [1, 2]
    # What is named by one part alone: with something else beside it, or with what belongs to it.
    assert [each.place for each in objects([*ranked[:2], Seen("cat", right, 0.2, 0.1)], [0, 1])] == [1]
    assert [each.place for each in objects([*ranked[:2], Seen("apple", right, 0.2, 0.1)], [0, 1])] == [0]


def test_a_finder_that_does_not_say_what_is_whose_goes_on_working() -> None:
    """Another package's finder that fills no `named` chooses as before."""

    class Older(Naming):
        def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
            finding = yield from super().find(image, visible, phrase)
            return Finding(finding.ranked, (0, 1), ())

    asked = parsed("the right apple", english(), NAMES)
    work = found(asked, Older(), picture()[0], np.ones((100, 200), bool), english(), is_listed=True)
    assert finished(work)[1].places == (1,)
