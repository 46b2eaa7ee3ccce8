"""The normal form of what is typed."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

import pytest

from text_replace_wire.errors import BadPrompt
from text_replace_wire.messages import check_prompt
from text_replace_wire.prompts import normalised, shown

#: What may stand around a name and means nothing.
AROUND = [
    *"\"'`´“”‘’„‚‟‛«»‹›「」『』〝〞＂＇❝❞❛❜()[]{}<>（）［］｛｝〈〉《》【】.!?…:;,*_~#%^|/\\-–—=+§¿¡·•$€°™®©■►→",
    *"\u00a0\u3000\t\n\r\u2028\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2066\u2069\u00ad\ufeff\u2060\ufe0f\u180e\u3164",
]
#: What may stand inside a word and is not seen.
WITHIN = [*"\u200b\u200c\u200d\u2060\u00ad\ufeff\u202c\u034f\u0336\u0332\u20dd\ufe0f"]
DETERMINERS = ["", "the ", "a ", "an ", "my ", "some ", "all of the ", "The ", "THIS ", "ｔｈｅ "]
NAMES = ["apple", "camper van", "green apple", "cat", "tennis ball"]


def wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def bold(text: str) -> str:
    return "".join(chr(ord(letter) - ord("a") + 0x1D41A) if "a" <= letter <= "z" else letter for letter in text)


def decorated(rng: random.Random, name: str) -> str:
    """The name in a random disguise."""
    letters: list[Callable[[str], str]] = [str, str.upper, str.title, str.swapcase, wide, bold]
    text = "".join(letter + (rng.choice(WITHIN) if rng.random() < 0.2 else "") for letter in rng.choice(letters)(name))
    text = text.replace(" ", rng.choice([" ", "  ", "\u00a0", "\u3000", "-", "_", "\u2010", " \u200b "]))
    before, after = ("".join(rng.choices(AROUND, k=rng.randint(0, 4))) for _ in range(2))
    inside = "".join(rng.choices(AROUND, k=rng.randint(0, 2)))
    return before + rng.choice(DETERMINERS) + inside + text + after


def noise(rng: random.Random) -> str:
    """Random characters, half of them from where decoration comes from."""
    choices = (
        chr(rng.choice([rng.randrange(0x180), rng.randrange(0xD800), rng.randrange(0xE000, 0x20000)])),
        rng.choice(AROUND),
        rng.choice(["and", "&", "the", "of", "İ", "ΐ", "🍎", "e\u0301", ",", "''"]),
    )
    return rng.choice(choices) + (noise(rng) if rng.random() < 0.9 else "")


@pytest.mark.parametrize("seed", range(20))
def test_decoration_changes_nothing(seed: int) -> None:
    """Quotes, brackets, punctuation, spaces, invisible characters, full width, case and articles in any mix."""
    rng = random.Random(seed)
    for _ in range(200):
        name = rng.choice(NAMES)
        typed = decorated(rng, name)
        assert normalised(typed) == name, ascii(typed)


@pytest.mark.parametrize("seed", range(20))
def test_normal_form_is_final(seed: int) -> None:
    """Normalising twice is normalising once, for any text; and a text with letters is never emptied."""
    rng = random.Random(seed)
    for _ in range(300):
        typed = noise(rng)
        once = normalised(typed)
        assert normalised(once) == once, ascii(typed)
        assert once or not any("a" <= letter <= "z" for letter in unicodedata.normalize("NFKC", typed)), ascii(typed)


@pytest.mark.parametrize("word", ["a", "the", "and", "of", "A", "The and", "&and", "all of the"])
def test_words_that_mean_little_are_not_emptied(word: str) -> None:
    """An article alone is what was typed."""
    assert normalised(word)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("the apple & the pear", "apple and pear"),
        ("apple,pear; a fox", "apple, pear, fox"),
        ("“apple”、“pear”", "apple, pear"),
        ("apple, and pear,", "apple and pear"),
        ("& apple and", "apple"),
        ("sand castle", "sand castle"),
    ],
)
def test_objects_stay_apart(typed: str, text: str) -> None:
    """“and”, commas and “&” still separate objects, each without its article; dangling ones separate nothing."""
    assert normalised(typed) == text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("👩🏽", "👩"),
        ("⚽️", "⚽"),
        ("apple🍎", "apple 🍎"),
        ("the cat’s", "cat's"),
        ("rock ’n’ roll", "rock n roll"),
        ("Crème Brûlée", "crème brûlée"),
        ("りんご", "りんご"),
        ("कुत्ता", "कुत्ता"),
        ("%%%", ""),
        ("12345", "12345"),
    ],
)
def test_what_means_something_stays(typed: str, text: str) -> None:
    """Emoji (without skin tone), apostrophes in words, accents, other scripts and digits are kept; signs are not."""
    assert normalised(typed) == text


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "\ufeff\u3000", "\u202e\u2066", "\u3164"])
def test_prompt_of_which_nothing_is_seen_is_empty(typed: str) -> None:
    """Invisible characters are no prompt."""
    with pytest.raises(BadPrompt, match="is empty"):
        check_prompt(typed, "Replace")


def test_sentences_repeat_prompts_on_one_line() -> None:
    """What was typed cannot steer a terminal, turn a sentence round or fill the screen."""
    assert shown(" an\n\x1b[2J\u202eapple\t ") == "an [2Japple"
    assert len(shown("a" * 1000)) == 60
