"""Which edit prompts a model with a list of names accepts."""

from __future__ import annotations

import pytest

from text_replace_engine.models.vocabulary import Vocabulary, refusal

WORDS = Vocabulary(
    ("apple", "camper van", "bus", "cherries", "woman", "fox"),
    {"apple": (), "camper van": ("RV",), "bus": ("coach",), "cherries": ("cherry",), "woman": ("lady",), "fox": ()},
)


@pytest.mark.parametrize(
    "prompt", ["apple", "The Red APPLES", "two camper vans", "an rv!", "buses", "a cherry", "women", "ladies", "foxes"]
)
def test_names_as_whole_words(prompt: str) -> None:
    """A listed name or synonym is accepted in any phrase, case and plural ignored."""
    assert refusal(prompt, WORDS, "starter") is None


@pytest.mark.parametrize("prompt", ["zebra", "pineapple", "van", "camper", "boxes", "businessman", "?"])
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
