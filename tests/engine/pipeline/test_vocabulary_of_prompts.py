"""What prompts say to models with a list of names, and which ones they refuse to paint."""

from __future__ import annotations

import pytest

from text_replace_engine.lab.evaluate.cases import OUTSIDE
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.vocabulary import Named, Reading, Vocabulary, read_vocabulary, reading, refusal
from text_replace_wire.prompts import normalised

WORDS = Vocabulary(
    ("apple", "green apple", "camper van", "bus", "cherries", "woman", "fox"),
    {
        "apple": (),
        "green apple": (),
        "camper van": ("RV", "minibus"),
        "bus": ("coach",),
        "cherries": ("cherry",),
        "woman": ("lady",),
        "fox": (),
    },
    {"🍎": "apple", "🚌": "bus"},
)
STARTER_WORDS = read_vocabulary(STARTER / "vocabulary.json")


@pytest.mark.parametrize(
    "prompt",
    ["apple", "The Red APPLES", "two camper vans", "an rv!", "buses", "a cherry", "women", "ladies", "foxes", "🍎"],
)
def test_names_as_whole_words(prompt: str) -> None:
    """A listed name or synonym is accepted in any phrase, case and plural ignored, and so is its emoji."""
    assert refusal(normalised(prompt), WORDS, "starter") is None


@pytest.mark.parametrize("prompt", ["zebra", "pineapple", "van", "camper", "boxes", "businessman", "?", "bu", "🚀"])
def test_other_words_are_refused_with_the_known_ones(prompt: str) -> None:
    """Parts of names and other words are refused by a sentence that lists every name."""
    sentence = refusal(prompt, WORDS, "starter")
    assert sentence is not None
    assert prompt in sentence
    assert all(name in sentence for name in WORDS.names)


def test_close_spelling_comes_first() -> None:
    """A typing error is answered with the word that was meant."""
    sentence = refusal("aple", WORDS, "starter")
    assert sentence is not None
    assert "they know apple," in sentence


def test_long_nonsense_makes_no_long_sentence() -> None:
    """A refusal repeats the beginning of a prompt of 1,000 letters, not all of it."""
    sentence = refusal("a" * 1000, WORDS, "starter")
    assert sentence is not None
    assert "aaa…" in sentence and len(sentence) < 300


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("green apple", "green apple"),
        ("green apples", "green apple"),
        ("women", "woman"),
        ("cherry", "cherries"),
        ("🍎", "apple"),
        ("apple 🍎🍎", "apple"),
        ("🍎🚌", "apple bus"),
        ("rv", "rv"),
        ("minibuses", "minibus"),
        ("coaches", "coach"),
        ("fox's", "fox"),
    ],
)
def test_models_are_told_names(prompt: str, text: str) -> None:
    """The other number and emoji become the name, a synonym stays the user's word, and nothing is left out."""
    assert reading(prompt, WORDS) == Reading(text)


@pytest.mark.parametrize(
    ("prompt", "text", "left_out"),
    [
        ("apple please", "apple", ("please",)),
        ("two big shiny apples please", "apple", ("two big shiny", "please")),
        ("please, apple", "apple", ("please",)),
        ("apple and umbrella", "apple", ("umbrella",)),
        ("apple 🚀", "apple", ("🚀",)),
        ("shiny bus fox", "bus fox", ("shiny",)),
    ],
)
def test_words_beside_names_are_left_out(prompt: str, text: str, left_out: tuple[str, ...]) -> None:
    """What the models do not know cannot move them towards something else, and is named."""
    assert reading(prompt, WORDS) == Reading(text, left_out)


@pytest.mark.parametrize(
    ("prompt", "text", "objects"),
    [
        ("apple, bus and fox", "apple, bus and fox", (Named("apple"), Named("bus"), Named("fox"))),
        ("apples and umbrella and fox", "apple and fox", (Named("apple"), Named("fox"))),
        ("red bus", "bus", (Named("bus", "red"),)),
        ("dark blue old bus and fox", "bus and fox", (Named("bus", "dark blue"), Named("fox"))),
        ("red and white bus", "bus", (Named("bus", "red"),)),
        ("fox and small red, white and blue bus", "fox and bus", (Named("fox"), Named("bus", "red"))),
        ("fox on red mat", "fox", ()),
        ("red fox", "fox", ()),
        ("green apple", "green apple", ()),
        ("red green apple", "green apple", (Named("green apple", "red"),)),
    ],
)
def test_several_objects_and_colours_are_read_apart(prompt: str, text: str, objects: tuple[Named, ...]) -> None:
    """Each object has its name and the colour that is said of it; of one alone, without a colour, nothing is said."""
    told = reading(prompt, WORDS)
    assert (told.text, told.objects) == (text, objects)


def test_an_and_inside_a_name_parts_nothing() -> None:
    """A name of several words stays whole, with “and” in it."""
    words = Vocabulary(("salt and pepper", "cat"), {"salt and pepper": (), "cat": ()})
    assert reading("salt and pepper", words) == Reading("salt and pepper")
    told = reading("white cat and salt and pepper", words)
    assert told.objects == (Named("cat", "white"), Named("salt and pepper"))


@pytest.mark.parametrize("prompt", ["umbrella", "kitty and umbrella", "12345", "%%%"])
def test_prompt_without_a_name_reaches_the_models(prompt: str) -> None:
    """An unlisted word may be a synonym: it is not for a list to say what is in the picture."""
    assert reading(prompt, WORDS) == Reading(prompt)


def test_what_the_starter_promises_is_read_as_itself() -> None:
    """No name and no other word of the real list is read as something else, but for another number of a name."""
    numbers = {"cherry": "cherries", "grape": "grapes", "carrots": "carrot", "strawberries": "strawberry"}
    terms = [*STARTER_WORDS.names, *(word for others in STARTER_WORDS.also.values() for word in others)]
    told = {term: reading(normalised(term), STARTER_WORDS) for term in terms}
    assert told == {term: Reading(numbers.get(term, term.casefold())) for term in terms}
    assert len(STARTER_WORDS.emoji) == len(STARTER_WORDS.names) == 68
    assert all(reading(symbol, STARTER_WORDS).text == name for symbol, name in STARTER_WORDS.emoji.items())


@pytest.mark.parametrize(
    ("prompt", "objects"),
    [
        ("orange and white cat", (Named("cat", "orange"),)),
        ("orange and apple", (Named("orange"), Named("apple"))),
        ("orange and green apple", (Named("orange"), Named("green apple"))),
        ("red panda", ()),
        ("brown bear", ()),
        ("blue fish", ()),
        ("pink ice cream", (Named("ice cream", "pink"),)),
    ],
)
def test_names_and_lists_of_colours_beside_each_other(prompt: str, objects: tuple[Named, ...]) -> None:
    """Two colours with an “and” are of one object, even where one is a name; a name's own colour gives none."""
    assert reading(prompt, STARTER_WORDS).objects == objects


@pytest.mark.parametrize(
    ("prompt", "text", "corrected"),
    [
        ("aple", "apple", ("aple", "apple")),
        ("red bananna", "banana", ("bananna", "banana")),
        ("oragne", "orange", ("oragne", "orange")),
        ("tenis ball", "tennis ball", ("tenis", "tennis")),
        ("cat and pengiun", "cat and penguin", ("pengiun", "penguin")),
    ],
)
def test_one_slip_in_a_name_is_put_right(prompt: str, text: str, corrected: tuple[str, str]) -> None:
    """A letter too many, too few or wrong, or two that changed places, in a name that nothing else names."""
    told = reading(prompt, STARTER_WORDS)
    assert (told.text, told.corrected) == (text, (corrected,))
    sentence = refusal(prompt, STARTER_WORDS, "starter")
    assert sentence is not None and sentence.startswith(f"Did you mean “{prompt.replace(*corrected)}”?")


@pytest.mark.parametrize("prompt", ["bear", "pear", "car", "cat", "women", "bananas", "grape"])
def test_a_slip_that_makes_a_name_is_that_name(prompt: str) -> None:
    """Nobody knows that a pear was meant for a bear."""
    assert not reading(prompt, STARTER_WORDS).corrected
    assert refusal(prompt, STARTER_WORDS, "starter") is None


@pytest.mark.parametrize(
    "prompt",
    ["horse", "horses", "couch", "moose", "trunk", "poppy", "mousse", "boot", "bat", "donkey", "parrot"],
)
def test_other_words_are_no_slips(prompt: str) -> None:
    """An English word near a name, or in short words any word, is not taken for it."""
    assert reading(prompt, STARTER_WORDS) == Reading(prompt)


def test_what_should_be_absent_is_never_taken_for_a_name() -> None:
    """None of the words that the evaluation asks for in vain is put right."""
    assert not [word for word in OUTSIDE if reading(word, STARTER_WORDS).corrected]
