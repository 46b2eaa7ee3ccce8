"""Measures the form of the rule by which CLIP agrees with a phrase (`finding/agreement.py`), where it can be measured.

The starter models have a floor that was fitted to their own pictures, and names enough to be each other's rivals. So
the rule with bounds fitted on some scenes is held against that floor on others. It says nothing about the bounds for
photographs.

python -m text_replace_engine.lab.evaluate.agreement [--scenes 400] [--art FOLDER] [--cache FOLDER]
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.finding.agreement import Agreement, Bounds
from text_replace_engine.finding.match import embedded, matched
from text_replace_engine.finding.segment import segment
from text_replace_engine.lab.estimates import share
from text_replace_engine.lab.evaluate.cases import Case, ComposedCases
from text_replace_engine.lab.evaluate.command import print_table
from text_replace_engine.lab.evaluate.figures import Figure
from text_replace_engine.lab.train.art import load_art
from text_replace_engine.lab.train.calibrate import ALARM
from text_replace_engine.models.bundle import Models, load_models
from text_replace_engine.models.files import STARTER, cache_folder
from text_replace_engine.models.nouns import Nouns
from text_replace_engine.models.vocabulary import read_vocabulary
from text_replace_engine.tensors import from_plane
from text_replace_wire.geometry import Box, search_size

#: Scenes from here on are for fitting: far from those that anything is measured on.
_FITTING = 500_000
_LEAST = [step / 20 for step in range(2, 15)]
_MARGINS = [-1.0, 0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2]
_SURE = [step / 20 for step in range(6, 19)]
_ALIKE = [0.8, 0.9, 0.95]
_EVERY = 50
#: A copy of at most so many pixels a side is searched: a third of what an engine would search, in a tenth of the time.
_LONGEST = 384


@dataclass(frozen=True)
class Seen:
    """A scene: CLIP's unit vectors (segments, d), a word for what is there and one for what is not, and whether the
    fitted floor finds each.
    """

    vectors: Tensor
    present: str
    absent: str
    there: bool
    alarm: bool


@dataclass(frozen=True)
class Answers:
    """By scene: whether the word for what is there is found, and the one for what is not."""

    there: tuple[bool, ...]
    alarms: tuple[bool, ...]

    @property
    def cost(self) -> float:
        """What the fitting of the floor counts."""
        missed = 1 - sum(self.there) / len(self.there)
        return missed + ALARM * sum(self.alarms) / len(self.alarms)


class Rule:
    """The rule with the vocabulary for the nouns, put to CLIP as it has learnt them: without a sentence around them."""

    def __init__(self, models: Models) -> None:
        names = read_vocabulary(STARTER / "vocabulary.json").names
        # A green apple is an apple.
        general = {name: tuple(word for word in name.split()[-1:] if word in names and word != name) for name in names}
        self._words = Nouns(names, general, dict.fromkeys(names, ()))
        self._clip = models.clip
        with torch.inference_mode():
            self._vectors = models.clip.encode_text(list(names))

    def by(self, bounds: Bounds) -> Agreement:
        """With these bounds."""
        return Agreement(self._clip, self._words, self._vectors, bounds, written=list)

    def fitted(self, scenes: Sequence[Seen], rivals: bool) -> Bounds:
        """The bounds that cost least on the scenes. rivals: with the nouns; without, the least cosine decides alone."""
        best, least = Bounds(), float("inf")
        for alike in _ALIKE if rivals else _ALIKE[:1]:
            told = self.by(Bounds(alike=alike))
            cosines = [
                [
                    told.cosines(seen.vectors, word) if len(seen.vectors) else None
                    for word in (seen.present, seen.absent)
                ]
                for seen in scenes
            ]
            for bounds in _grid(alike, rivals):
                answers = [
                    [pair is not None and bool(bounds.agree(*pair).any()) for pair in pairs] for pairs in cosines
                ]
                cost = Answers(*(tuple(each) for each in zip(*answers, strict=True))).cost
                if cost < least:
                    best, least = bounds, cost
        return best

    def answers(self, scenes: Sequence[Seen], bounds: Bounds) -> Answers:
        """What it finds in the scenes."""
        told = self.by(bounds)

        def found(seen: Seen, word: str) -> bool:
            return bool(len(seen.vectors)) and bool(told.agrees(seen.vectors, word).any())

        there = tuple(found(seen, seen.present) for seen in scenes)
        return Answers(there, tuple(found(seen, seen.absent) for seen in scenes))


def look(models: Models, case: Case) -> Seen:
    """What the starter models see in a scene, and find by their floor."""
    picture = PictureInMemory(case.pixels)
    image = from_plane(picture.read(Box(0, 0, *picture.size), search_size(picture.size, _LONGEST)))
    segments = segment(image, models.segmenter)
    vectors = embedded(image, segments, models.clip)
    words = case.question.present, case.question.absent
    there, gone = (bool(matched(image, segments, word, models.clip, vectors=vectors).chosen) for word in words)
    return Seen(vectors, *words, there, gone)


def figures(name: str, answers: Answers) -> list[Figure]:
    """Two rows of the table."""
    return [
        Figure(f"{name}: missed though there", share([not found for found in answers.there])),
        Figure(f"{name}: honest “not found”", share([not alarm for alarm in answers.alarms])),
    ]


def _grid(alike: float, rivals: bool) -> Iterator[Bounds]:
    if not rivals:
        # Everything is sure: nothing has to be beaten.
        yield from (Bounds(least, least, 0.0, alike) for least in _LEAST)
        return
    for least, margin, sure in itertools.product(_LEAST, _MARGINS, _SURE):
        if sure >= least:
            yield Bounds(least, sure, margin, alike)


def main() -> None:
    """Fit on some scenes, measure on others, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=400, help="to measure on; half as many to fit on")
    parser.add_argument("--art", type=Path, help="a folder with the art; else npm fetches it")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="where what npm fetches is kept")
    asked = parser.parse_args()
    models = load_models("starter", torch.device("cpu"), torch.float32)
    cases = ComposedCases(load_art(asked.art, asked.cache))

    def seen(first: int, count: int) -> list[Seen]:
        scenes = []
        for index in range(first, first + count):
            scenes.append(look(models, cases[index]))
            if len(scenes) % _EVERY == 0:
                print(f"scene {len(scenes)} of {count}", flush=True)
        return scenes

    fitting, measuring, rule = seen(_FITTING, asked.scenes // 2), seen(0, asked.scenes), Rule(models)
    there, alarms = (tuple(getattr(each, name) for each in measuring) for name in ("there", "alarm"))
    rows = figures("the fitted floor", Answers(there, alarms))
    for name, rivals in (("a cosine alone", False), ("the rule", True)):
        bounds = rule.fitted(fitting, rivals)
        print(f"{name}: {bounds}")
        rows += figures(name, rule.answers(measuring, bounds))
    print_table(rows)


if __name__ == "__main__":
    main()
