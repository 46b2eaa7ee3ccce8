"""Which prompts models with a list of names can paint (engine/REFERENCE.md, Command line)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from text_replace_engine.models.files import read_json


@dataclass(frozen=True)
class Vocabulary:
    """The names that models promise to paint, and the other words for each."""

    names: tuple[str, ...]
    also: Mapping[str, tuple[str, ...]]


def read_vocabulary(path: Path) -> Vocabulary:
    """Read a vocabulary file: {name: {"also": [words], …}}; raises ModelMissing or ModelDamaged."""
    table = read_json(path)
    return Vocabulary(tuple(table), {name: tuple(entry["also"]) for name, entry in table.items()})


def refusal(prompt: str, vocabulary: Vocabulary, models: str) -> str | None:
    """None where `prompt` contains a listed name, or a synonym, as whole words, case and plural ignored; else the
    sentence that refuses it.
    """
    words = _words(prompt)
    for name in vocabulary.names:
        if any(_contains(words, _words(term)) for term in (name, *vocabulary.also[name])):
            return None
    known = ", ".join(_closest_first(prompt, vocabulary))
    return f"The {models} models cannot paint {_with_article(prompt)}; they know {known}; see models pull."


def _with_article(prompt: str) -> str:
    if len(prompt.split()) > 1 or not prompt[0].isalpha():
        return f"“{prompt}”"
    return f"{'an' if prompt[0].casefold() in 'aeiou' else 'a'} {prompt}"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _contains(words: list[str], name: list[str]) -> bool:
    windows = (words[start : start + len(name)] for start in range(len(words) - len(name) + 1))
    return any(all(map(_same, window, name)) for window in windows)


def _same(word: str, other: str) -> bool:
    return word == other or word in _plurals(other) or other in _plurals(word)


def _plurals(word: str) -> set[str]:
    irregular = {"man": "men", "woman": "women", "mouse": "mice"}
    return {
        f"{word}s",
        f"{word}es",
        f"{word[:-1]}ies" if word.endswith("y") else f"{word}s",
        irregular.get(word, f"{word}s"),
    }


def _closest_first(prompt: str, vocabulary: Vocabulary) -> list[str]:
    def likeness(name: str) -> float:
        return max(
            difflib.SequenceMatcher(None, word, part).ratio()
            for word in prompt.casefold().split()
            for part in (name, *name.split())
        )

    return sorted(vocabulary.names, key=lambda name: -likeness(name))
