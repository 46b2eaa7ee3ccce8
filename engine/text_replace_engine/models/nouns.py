"""About 400 everyday nouns, as names of what else a picture may show, and how they are related; no network.

`nouns.json` has them, with `is`, more general nouns of the list, and `part_of`, what they are parts of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from text_replace_engine.models.files import read_json
from text_replace_engine.models.vocabulary import numbers
from text_replace_engine.noun_phrases import english_noun_phrases

#: How a phrase and a noun are put to CLIP, both alike; Radford et al. 2021, section 3.1.4, https://arxiv.org/abs/2103.00020
_SENTENCE = "a photo of a {}"
_FILE = Path(__file__).with_name("nouns.json")


@dataclass(frozen=True)
class Nouns:
    """general: by noun the more general ones. wholes: by noun what it is a part of. Only the nearest of each."""

    names: tuple[str, ...]
    general: Mapping[str, tuple[str, ...]]
    wholes: Mapping[str, tuple[str, ...]]

    def named_by(self, phrase: str) -> str | None:
        """The noun that a phrase in small letters is about, in singular or plural: “car” of “old red cars”; None where
        the list has none.
        """
        words = phrase.split()
        words = words[: english_noun_phrases().before_link(words)]
        endings = (" ".join(words[start:]) for start in range(len(words)))
        return next((self._by_form[ending] for ending in endings if ending in self._by_form), None)

    def excused(self, phrase: str) -> frozenset[str]:
        """The nouns that may well fit where `phrase` does: its kinds, its parts, and what is in turn theirs."""
        noun = self.named_by(phrase)
        if noun is None:
            return frozenset()
        itself_and_above = {noun, *self._kinds_above[noun]}
        parts = {name for name in self.names if itself_and_above & set(self.wholes[name])}
        return frozenset(name for name in self.names if ({noun} | parts) & self._above[name] or name in parts)

    def more_general(self, noun: str) -> frozenset[str]:
        """All that a noun of the list is a kind of."""
        return self._kinds_above[noun]

    @cached_property
    def _by_form(self) -> Mapping[str, str]:
        forms = {name: name for name in self.names}
        for name in self.names:
            *before, last = name.split()
            for form in sorted(numbers(last)):
                forms.setdefault(" ".join([*before, form]), name)
        return forms

    @cached_property
    def _kinds_above(self) -> Mapping[str, frozenset[str]]:
        return {name: frozenset(_closure(name, [self.general])) for name in self.names}

    @cached_property
    def _above(self) -> Mapping[str, frozenset[str]]:
        return {name: frozenset(_closure(name, [self.general, self.wholes])) for name in self.names}


@lru_cache(maxsize=1)
def everyday() -> Nouns:
    """The list that comes with the engine. Raises ModelMissing or ModelDamaged."""
    table = read_json(_FILE)

    def related(how: str) -> dict[str, tuple[str, ...]]:
        return {name: tuple(entry.get(how, ())) for name, entry in table.items()}

    return Nouns(tuple(table), related("is"), related("part_of"))


def things_in(prompt: str) -> tuple[str, ...]:
    """The several objects that a normalised prompt names with an “and” between the last two, in its words; empty where
    one of them is no everyday noun, “black and white cat”, or what is behind the “and” may belong to what is before it,
    “vase with roses and tulips”. Raises ModelMissing or ModelDamaged.
    """
    pieces = re.split(r", | and ", prompt)
    before = [piece.split() for piece in pieces[:-1]]
    goes_on = any(english_noun_phrases().before_link(words) < len(words) for words in before)
    names_all = not goes_on and all(everyday().named_by(piece) for piece in pieces)
    return tuple(pieces) if " and " in prompt and names_all else ()


def sentences(phrases: Iterable[str]) -> list[str]:
    """What CLIP reads for each phrase."""
    return [_SENTENCE.format(phrase) for phrase in phrases]


def _closure(name: str, relations: list[Mapping[str, tuple[str, ...]]]) -> set[str]:
    found: set[str] = set()
    ahead = [name]
    while ahead:
        here = ahead.pop()
        following = {near for relation in relations for near in relation[here]} - found
        found |= following
        ahead += following
    return found
