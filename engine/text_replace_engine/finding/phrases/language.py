"""The words of a language that say which of several objects is meant, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from text_replace_engine.noun_phrases import english_noun_phrases

_ENGLISH = Path(__file__).parent / "english.toml"


class Kind(Enum):
    """What a phrase of the language is."""

    ALL = "all"
    BOTH = "both"
    NUMBER = "number"
    ORDINAL = "ordinal"
    PLACE = "place"
    SIZE = "size"
    LOOSE_SIZE = "loose size"
    RELATION = "relation"
    AND = "and"
    BUT = "but"
    ONE = "one"
    THING = "thing"
    EVERYTHING = "everything"
    FILLER = "filler"
    NAME = "name"
    WORD = "word"


Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """anything: a word for whatever there is. meanings: what each phrase is, and which one: “left” is the place “left”,
    “2nd” the ordinal 2. leading, before, after, scene: the words around a place (english.toml). links: behind them
    another object is named. singular: words that end as plurals do; unchanging: those that are the same in the plural.
    foreign: words of other languages. plurals: the irregular ones, by their singular.
    """

    anything: str
    meanings: Mapping[Phrase, tuple[Kind, str]]
    leading: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]
    scene: frozenset[str]
    links: frozenset[str]
    singular: frozenset[str]
    unchanging: frozenset[str]
    foreign: frozenset[str]
    plurals: Mapping[str, str]

    def is_plural(self, word: str) -> bool:
        """Whether a noun in small letters names several things."""
        if word in self.plurals.values():
            return True
        # Of three letters are “bus” and “gas”; “autobús” is not English.
        ends = len(word) > 3 and word.isascii() and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))
        return ends and word not in self.singular

    def plural(self, noun: str) -> str:
        """A noun phrase in the plural; itself where it is in that already."""
        *before, last = noun.split()
        if self.is_plural(last) or last in self.singular:
            return noun
        if last in self.plurals:
            ending = self.plurals[last]
        elif last.endswith("y") and last[-2:-1] not in "aeiou":
            ending = f"{last[:-1]}ies"
        else:
            ending = f"{last}es" if last.endswith(("s", "x", "z", "ch", "sh")) else f"{last}s"
        return " ".join([*before, ending])

    def singular_of(self, noun: str) -> str:
        """A noun phrase in the singular; itself where it is in that already."""
        *before, last = noun.split()
        if not self.is_plural(last):
            return noun
        irregular = {plural: singular for singular, plural in self.plurals.items()}
        regular = last.removesuffix("s")
        if last.endswith("ies") and len(last) > 4:
            regular = f"{last[:-3]}y"
        elif last.endswith(("ses", "xes", "zes", "ches", "shes")):
            regular = last[:-2]
        return " ".join([*before, irregular.get(last, regular)])


@cache
def english() -> Language:
    """The language that comes with the engine."""
    return read_language(_ENGLISH)


def read_language(path: Path) -> Language:
    """Read a file such as english.toml."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    around, nouns = table["around_places"], table["nouns"]
    return Language(
        anything=table["anything"],
        meanings={tuple(phrase.split()): meaning for phrase, meaning in _meanings(table)},
        leading=frozenset(around["leading"]),
        before=frozenset(around["before"]),
        after=frozenset(around["after"]),
        scene=frozenset(around["scene"]),
        links=english_noun_phrases().links,
        singular=frozenset(nouns["singular"]),
        unchanging=frozenset(nouns["unchanging"]),
        foreign=frozenset(nouns["foreign"]),
        plurals=table["plurals"],
    )


def _meanings(table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Kind, str]]]:
    valued = {
        "numbers": Kind.NUMBER,
        "ordinals": Kind.ORDINAL,
        "places": Kind.PLACE,
        "sizes": Kind.SIZE,
        "loose_sizes": Kind.LOOSE_SIZE,
        "relations": Kind.RELATION,
    }
    for section, kind in valued.items():
        for value, phrases in table[section].items():
            yield from _all_mean(phrases, kind, value)
            if kind is Kind.NUMBER:
                yield from _all_mean([f"{phrase} {table['of']}" for phrase in phrases], kind, value)
    for section in ("quantifiers", "joints", "pronouns"):
        for value, phrases in table[section].items():
            yield from _all_mean(phrases, Kind(value), value)
    yield from _all_mean(table["fillers"]["words"], Kind.FILLER, "")
    yield from _all_mean(map(" ".join, english_noun_phrases().names), Kind.NAME, "")


def _all_mean(phrases: Iterable[str], kind: Kind, value: str) -> Iterator[tuple[str, tuple[Kind, str]]]:
    return ((phrase, (kind, value)) for phrase in phrases)
