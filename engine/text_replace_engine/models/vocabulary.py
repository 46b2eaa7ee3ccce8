"""What a prompt says to models with a list of names (engine/REFERENCE.md, Words)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from text_replace_engine.colour_words import begins_with_colour, colour_named, taken_out
from text_replace_engine.models import typos
from text_replace_engine.models.files import read_json
from text_replace_wire.prompts import shown, symbols


@dataclass(frozen=True)
class Vocabulary:
    """The names that models promise to paint, the other words for each, and the names of emoji."""

    names: tuple[str, ...]
    also: Mapping[str, tuple[str, ...]]
    emoji: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Named:
    """One object that a prompt names. colour: the words that say its colour; None: none do."""

    text: str
    colour: str | None = None


@dataclass(frozen=True)
class Reading:
    """What models are told of a prompt, and which words that leaves out, as phrases. objects: those that it names, each
    to be painted by itself; empty where it names one, and no colour. corrected: words that were taken for typing
    errors, each with the one that it was taken for.
    """

    text: str
    left_out: tuple[str, ...] = ()
    objects: tuple[Named, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()


def read_vocabulary(path: Path) -> Vocabulary:
    """Read a vocabulary file: {name: {"art": code point of its emoji, "also": [words]}}; raises ModelMissing or
    ModelDamaged.
    """
    table = read_json(path)
    also = {name: tuple(entry["also"]) for name, entry in table.items()}
    return Vocabulary(tuple(table), also, {chr(int(entry["art"], 16)): name for name, entry in table.items()})


def reading(prompt: str, vocabulary: Vocabulary) -> Reading:
    """What a normalised prompt says to models of this vocabulary: the names in it, also where they are in the other
    number, as emoji, with a typing error, or next to words that the models do not know; synonyms as they are. Words for
    an object's colour (`colour_words`) are in `objects` alone. A prompt without any name stays.
    """
    terms = _terms(vocabulary)
    prompt, corrected = _corrected(prompt, terms)
    text = ""
    left_out: list[str] = []
    objects: list[Named] = []
    # Every second one is what is between two objects.
    pieces = _pieces(prompt, terms)
    for place in range(0, len(pieces), 2):
        plain, colour = taken_out(pieces[place], lambda words: tuple(words) in terms)
        told, others = _told(plain, terms)
        left_out += others
        if told:
            objects.append(Named(" ".join(told), colour))
            text += (pieces[place - 1] if text else "") + " ".join(told)
    apart = len(objects) > 1 or any(thing.colour for thing in objects)
    return Reading(text, tuple(left_out), tuple(objects) if apart else (), corrected) if text else Reading(prompt)


def names_something(prompt: str, vocabulary: Vocabulary) -> bool:
    """Whether a normalised prompt contains a listed name, synonym or emoji, as whole words."""
    terms = _terms(vocabulary)
    return any(_told(piece, terms)[0] for piece in _pieces(prompt, terms)[::2])


def refusal(prompt: str, vocabulary: Vocabulary, models: str) -> str | None:
    """None where a normalised `prompt` names something that is listed, and nothing else with a typing error; else the
    sentence that refuses it.
    """
    meant, corrected = _corrected(prompt, _terms(vocabulary))
    if names_something(prompt, vocabulary) and not corrected:
        return None
    known = ", ".join(_closest_first(prompt, vocabulary))
    question = f"Did you mean “{shown(meant)}”? " if corrected else ""
    cannot = f"The {models} models cannot paint {_with_article(shown(prompt))}"
    return f"{question}{cannot}; they know {known}; see models pull."


def _with_article(prompt: str) -> str:
    if len(prompt.split()) > 1 or not prompt[0].isalpha():
        return f"“{prompt}”"
    return f"{'an' if prompt[0].casefold() in 'aeiou' else 'a'} {prompt}"


def _terms(vocabulary: Vocabulary) -> dict[tuple[str, ...], str]:
    """What may be typed, as words, and what the models are told then; a name's own forms go before other words."""
    terms: dict[tuple[str, ...], str] = {}
    synonyms = [word for name in vocabulary.names for word in vocabulary.also[name]]
    for phrases in (vocabulary.names, synonyms):
        told = {phrase: phrase.casefold() for phrase in phrases}
        for phrase in phrases:
            terms.setdefault(tuple(told[phrase].split()), told[phrase])
        for phrase in phrases:
            for words in product(*(numbers(word) for word in told[phrase].split())):
                terms.setdefault(words, told[phrase])
    return terms | {(symbol,): name for symbol, name in vocabulary.emoji.items()}


def _pieces(prompt: str, terms: Mapping[tuple[str, ...], str]) -> list[str]:
    """The words of every object, and, every second one, what is between two of them; an “and” may be in a name, or
    between two colours of one object, even where one is a name: “orange and white cat”.
    """
    for name in terms:
        if "and" in name[1:-1]:
            joined = " ".join(name)
            prompt = re.sub(rf"\b{re.escape(joined)}\b", joined.replace(" and ", " \0 "), prompt)
    *pieces, last = (piece.replace("\0", "and") for piece in re.split(r"(, | and )", prompt))
    joined_pieces = [last]
    for before, between in zip(pieces[-2::-2], pieces[::-2], strict=True):
        last = joined_pieces[0]
        *others, word = before.split() or [""]
        is_colour = colour_named(word) is not None and not _told(" ".join(others), terms)[0]
        if is_colour and begins_with_colour(last, lambda words: tuple(words) in terms):
            joined_pieces[0] = f"{before} and {last}"
        else:
            joined_pieces[:0] = [before, between]
    return joined_pieces


def _told(prompt: str, terms: Mapping[tuple[str, ...], str]) -> tuple[list[str], list[str]]:
    """The terms in one object's words, longest first, and the phrases of other words around them."""
    words = [part for word in prompt.split() for part in (word if symbols(word) else (word.removesuffix("'s"),))]
    longest = max(map(len, terms))
    told: list[str] = []
    others: list[list[str]] = [[]]
    start = 0
    while start < len(words):
        for length in range(min(longest, len(words) - start), 0, -1):
            term = terms.get(tuple(words[start : start + length]))
            if term is not None:
                # As in “🍎 apple”.
                told += [term] if told[-1:] != [term] else []
                others.append([])
                start += length
                break
        else:
            others[-1].append(words[start])
            start += 1
    return told, [" ".join(phrase) for phrase in others if phrase]


def _corrected(prompt: str, terms: Mapping[tuple[str, ...], str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A prompt with each typing error put right that keeps one of its objects from being a listed one, and these."""
    names = {word for term in terms.values() for word in term.split()}
    corrected: list[tuple[str, str]] = []
    pieces = _pieces(prompt, terms)
    for place in range(0, len(pieces), 2):
        words = pieces[place].split()
        if _told(pieces[place], terms)[0]:
            continue
        for number, word in enumerate(words):
            others = {
                told[0]: right
                for right in reversed(typos.meant(word, names, numbers))
                if (told := _told(" ".join([*words[:number], right, *words[number + 1 :]]), terms)[0])
            }
            if len(others) == 1:
                (right,) = others.values()
                pieces[place] = " ".join([*words[:number], right, *words[number + 1 :]])
                corrected.append((word, right))
                break
    return "".join(pieces), tuple(corrected)


def numbers(word: str) -> set[str]:
    """Singular and plurals of a word whose own number is not known."""
    irregular = {"man": "men", "woman": "women", "mouse": "mice", "cactus": "cacti"}
    forms = {word, f"{word}s", f"{word}es", irregular.get(word, word)}
    if word.endswith("y"):
        forms.add(f"{word[:-1]}ies")
    if word.endswith("ies"):
        forms.add(f"{word[:-3]}y")
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        forms.add(word[:-1])
    return forms


def _closest_first(prompt: str, vocabulary: Vocabulary) -> list[str]:
    def likeness(name: str) -> float:
        return max(
            difflib.SequenceMatcher(None, word, part).ratio()
            for word in shown(prompt).casefold().split()
            for part in (name, *name.split())
        )

    return sorted(vocabulary.names, key=lambda name: -likeness(name))
