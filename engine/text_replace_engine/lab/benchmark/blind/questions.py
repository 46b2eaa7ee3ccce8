"""Asking a person what results show, without saying who made them: in which order, and which answers are right."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from text_replace_engine.lab.benchmark.metric import SHARE, Better, Metric
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.vocabulary import Vocabulary, names_something, read_vocabulary, reading
from text_replace_engine.noun_phrases import english_noun_phrases
from text_replace_wire.prompts import normalised

#: 1 where the answer was right, else 0.
NAMED = Metric(
    "named_by_person",
    "named by a person",
    Better.HIGHER,
    SHARE,
    note="Of the results that somebody was shown without names; one who could not tell did not name it.",
)
_BETWEEN = re.compile(", | and ")


@dataclass(frozen=True)
class Question:
    """About one result. stamp: a text that changes with what the result is made of. wanted: what was to be painted."""

    case: str
    method: str
    stamp: str
    wanted: str


@dataclass(frozen=True)
class Answer:
    """said: as it was typed; empty: cannot tell. The rest as in the question."""

    case: str
    method: str
    stamp: str
    said: str


def in_order(questions: Sequence[Question], seed: int) -> list[Question]:
    """At random, but always the same: every case once before any for the second time, so that what somebody has seen of
    a case helps no method more than another.
    """
    chance = random.Random(seed)
    by_case: dict[str, list[Question]] = {}
    for question in questions:
        by_case.setdefault(question.case, []).append(question)
    for of_case in by_case.values():
        chance.shuffle(of_case)
    ordered: list[Question] = []
    for turn in range(max(map(len, by_case.values()), default=0)):
        seen_then = [of_case[turn] for of_case in by_case.values() if turn < len(of_case)]
        chance.shuffle(seen_then)
        ordered += seen_then
    return ordered


def unanswered(questions: Sequence[Question], answers: Iterable[Answer]) -> list[Question]:
    """Those still to be asked, in their order."""
    known = {(answer.case, answer.method, answer.stamp) for answer in answers}
    return [each for each in questions if (each.case, each.method, each.stamp) not in known]


def marked(questions: Iterable[Question], answers: Iterable[Answer]) -> dict[tuple[str, str], bool]:
    """Whether the first answer to each question was right, by case and method; those without one are left out."""
    said: dict[tuple[str, str, str], str] = {}
    for answer in answers:
        said.setdefault((answer.case, answer.method, answer.stamp), answer.said)
    return {
        (each.case, each.method): is_right(said[key], each.wanted)
        for each in questions
        if (key := (each.case, each.method, each.stamp)) in said
    }


def is_right(said: str, wanted: str) -> bool:
    """Whether an answer names all that was wanted: in any number, with articles and further words, and with a typing
    error such as the models forgive. Of a noun with words before it, and of one in the starter's vocabulary, the noun
    itself or another word for it is enough. One thing “or” another names neither.
    """
    said = normalised(said)
    if not said or "or" in said.split():
        return False
    return all(_is_named(said, _names_of(thing)) for thing in _BETWEEN.split(normalised(wanted)))


def _is_named(said: str, names: Vocabulary) -> bool:
    return names_something(reading(said, names).text, names)


def _names_of(thing: str) -> Vocabulary:
    known = _known()
    if names_something(thing, known):
        name = reading(thing, known).text
        also: Mapping[str, tuple[str, ...]] = known.also
        name = next((each for each in known.names if name in (each, *also[each])), name)
        return Vocabulary((name,), {name: also.get(name, ())})
    english, words = english_noun_phrases(), thing.split()
    noun = words[: english.before_link(words)]
    shorter = noun if english.is_name(noun) else noun[-1:]
    return Vocabulary((thing,), {thing: (" ".join(noun), *shorter)})


@cache
def _known() -> Vocabulary:
    return read_vocabulary(STARTER / "vocabulary.json")
