"""What a phrase in its normal form is about: where its first noun ends, and names of several words that stay together.
The words are data, in `noun_phrases.json`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class NounPhrases:
    """links: behind them is not what a phrase is about: “a bowl of apples”, “a house with a red roof”. of_itself: those
    behind which a colour alone is its own: “that is red”. empty: words that name nothing there. negations: what is said
    behind them is not so. names: words that name one thing together, though one of them says a colour, or which one,
    elsewhere.
    """

    links: frozenset[str]
    of_itself: frozenset[str]
    empty: frozenset[str]
    negations: frozenset[str]
    names: frozenset[tuple[str, ...]]

    def is_name(self, words: Sequence[str]) -> bool:
        """Whether words are one of the names, in the singular or with an “s”."""
        return tuple(words) in self.names or (*words[:-1], words[-1].removesuffix("s")) in self.names

    def before_link(self, words: Sequence[str]) -> int:
        """How many of the words there are before the first link."""
        return next((place for place, word in enumerate(words) if place and word in self.links), len(words))


@cache
def english_noun_phrases() -> NounPhrases:
    """The words that come with the engine."""
    table = json.loads(_FILE.read_text(encoding="utf-8"))
    names = frozenset(tuple(name.split()) for name in table["names"])
    keys = ("links", "of_itself", "empty", "negations")
    links, of_itself, empty, negations = (frozenset(table[key]) for key in keys)
    return NounPhrases(links, of_itself, empty, negations, names)
