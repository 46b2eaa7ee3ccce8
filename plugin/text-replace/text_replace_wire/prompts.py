"""What was typed, without what carries no meaning: one normal form of prompts for every client and every model set.

Determiners are English ones only: the models' names are English in every language of the plug-in, where words like
“die” mean something else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

_DETERMINERS = re.compile(
    "a|an|the|some|any|all|both|each|every|one|another|this|that|these|those|my|your|his|her|its|our|their"
)
_AND = ("and", "&")
_AMPERSANDS = frozenset("&＆﹠")
_COMMAS = frozenset(",;，；﹐﹔︐︔、､﹑︑،؛፣")
_APOSTROPHES = frozenset("'＇`｀´’‘‛ʼ′")
#: Symbols in Unicode's eyes that are no picture of anything: marks of trade, quotes as ornaments.
_SIGNS = frozenset("©®℗™℠❛❜❝❞❟❠🙶🙷🙸")
#: Letters and marks that are seen as nothing, or only change the look of the character before them: fillers, variation
#: selectors, skin tones.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0100, 0xE01F0)))
)
#: What strikes out, underlines or piles up: marks that form no character with the one before them.
_LOOSE_MARKS = dict.fromkeys(range(0x300, 0x370))
_LONGEST_SHOWN = 60


def normalised(text: str) -> str:
    """`text` in Unicode's form NFKC, in small letters, one space between words, without quotes, brackets, punctuation,
    invisible characters, skin tones, and determiners before an object; “, ” or “ and ” between the objects it names.

    Emoji stay, apart from words, and so does an apostrophe inside a word. Normalising again changes nothing. Empty
    where there is neither letter, digit nor emoji.
    """
    return _parts_joined(words(text))


def words(text: str) -> list[str]:
    """The words of `text` in its normal form, determiners too: each run of emoji is one, and so are “,” and “&”."""
    before, folded = "", unicodedata.normalize("NFKC", _cleaned(text))
    # Small letters may have to be composed again, and composed ones may have other small letters.
    while folded != before:
        before = folded
        folded = unicodedata.normalize("NFKC", _cleaned(folded.translate(_LOOSE_MARKS).casefold()))
    return _words(folded)


def is_blank(text: str) -> bool:
    """Whether nothing of `text` can be seen."""
    return all(character.isspace() or character in _UNSEEN or _is_control(character) for character in text)


def shown(text: str) -> str:
    """`text` as a sentence repeats it: one line without control characters, at most 60 characters."""
    line = " ".join("".join(" " if c.isspace() else "" if _is_control(c) else c for c in text).split())
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1].rstrip() + "…"


def is_determiner(word: str) -> bool:
    """Whether a word in small letters is an English determiner, such as “the” or “my”."""
    return _DETERMINERS.fullmatch(word) is not None


def symbols(word: str) -> bool:
    """Whether a word of a normalised text is made of emoji, not of letters."""
    return _is_picture(word[0])


def _cleaned(text: str) -> str:
    return "".join(map(_meant, text))


@lru_cache(maxsize=4096)
def _meant(character: str) -> str:
    """What stands in the normal form for a character: itself, a space, nothing."""
    category = unicodedata.category(character)
    if character.isspace() or character in _SIGNS:
        return " "
    if category == "So" and not _is_picture(character):
        # Letters in circles are letters.
        return " " if unicodedata.normalize("NFKC", character) == character else character
    if character in _APOSTROPHES:
        return "'"
    if character in _COMMAS:
        return ","
    if character in _AMPERSANDS:
        return "&"
    if character in _UNSEEN or _is_control(character) or category == "Me":
        return ""
    # Some letters and symbols are composed from a space, as the acute accent by itself.
    spaced = category[0] in "PZ" or category in ("Sm", "Sc", "Sk", "Co", "Cs")
    return " " if spaced else character


def _is_picture(character: str) -> bool:
    # Python's tables may be older than an emoji. Other symbols are degrees, bars, arrows and boxes.
    return unicodedata.category(character) in ("So", "Cn") and (0x2300 <= ord(character) < 0x2400 or character >= "☀")


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf")


def _words(text: str) -> list[str]:
    """Its words and its runs of emoji."""
    words = []
    for between_spaces in text.replace(",", " , ").replace("&", " & ").replace("''", " ").split():
        for _, run in groupby(between_spaces, key=symbols):
            word = "".join(run).strip("'")
            if word in (",", "&") or any(character.isalnum() or symbols(character) for character in word):
                words.append(word)
    return words


def _parts_joined(words: list[str]) -> str:
    text, part, separator = "", [], ""
    for word in (*words, ","):
        if word != "," and word not in _AND:
            part.append(word)
            continue
        named = _without_determiners(part)
        if named:
            text += (separator if text else "") + " ".join(named)
            separator = ""
        part = []
        separator = " and " if word in _AND or separator == " and " else ", "
    return text or " ".join(word for word in words if word not in (",", "&"))


def _without_determiners(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) and (is_determiner(words[start]) or (start and words[start] == "of")):
        start += 1
    return words[start:]
