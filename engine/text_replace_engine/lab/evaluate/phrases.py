"""The suites of `text-replace evaluate` about what people type: `instances` and `wordings`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import torch

from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.lab.estimates import mean, share
from text_replace_engine.lab.evaluate import instances, wordings
from text_replace_engine.lab.evaluate.figures import Bar, Figure
from text_replace_engine.lab.evaluate.instance_cases import InstanceCases
from text_replace_engine.lab.evaluate.instances import InstanceAnswer
from text_replace_engine.lab.evaluate.results import Results, Row
from text_replace_engine.lab.evaluate.wordings import PUT_ASIDE, TEMPLATES, Worded
from text_replace_engine.lab.train.art import load_art
from text_replace_engine.models.bundle import load_models
from text_replace_wire.api import EngineApi, IsCancelled

INSTANCES, WORDINGS = "instances", "wordings"


class PhraseEvaluation:
    """One of the two suites with the starter models and composed pictures, about which an engine is asked."""

    def __init__(self, suite: str, engine: EngineApi, scenes: int, art: Path | None, cache: Path) -> None:
        """scenes: of instances; of wordings the number of names, at most all. art: None: npm fetches it into `cache`.

        Raises ModelError, and UserError where there is no such art.
        """
        self._suite, self._engine = suite, engine
        self._art = load_art(art, cache)
        self._count = scenes if suite == INSTANCES else min(scenes, len(self._art.names))
        files = load_models("starter", torch.device("cpu"), torch.float32).files
        self._identity = [{"role": file.role, "sha256": file.sha256} for file in files]

    def figures(self, out: Path, on_case: OnCase, cancelled: IsCancelled) -> list[Figure]:
        """Measure; `out` keeps the rows, from which a later call with the same models goes on. Raises UserError where
        it is another kind of file, Cancelled, and whatever the engine raises.
        """
        results = Results(out, self._suite, self._identity)
        cases = InstanceCases(self._art)

        def answered(index: int) -> Row:
            return dataclasses.asdict(instances.ask(self._engine, cases[index], cancelled))

        def said(index: int) -> Row:
            return dataclasses.asdict(wordings.ask(self._engine, self._art, index, cancelled))

        if self._suite == INSTANCES:
            rows = results.rows(self._suite, self._count, answered, on_case)
            found = _of_instances([InstanceAnswer(**row) for row in rows]) if rows else []
        else:
            rows = results.rows(self._suite, self._count, said, on_case)
            found = _of_wordings([Worded(**row) for row in rows]) if rows else []
        results.write([figure.document() for figure in found])
        return found


def _of_instances(rows: Sequence[InstanceAnswer]) -> list[Figure]:
    right = [row for row in rows if row.is_right]
    ways = sorted({row.way for row in rows})
    return [
        Figure("right set of objects", share([row.is_right for row in rows]), Bar(least=0.95)),
        *(Figure(f"right set, {way}", share([row.is_right for row in rows if row.way == way])) for way in ways),
        *([Figure("mean IoU where right", mean([row.iou for row in right]))] if right else []),
    ]


def _of_wordings(rows: Sequence[Worded]) -> list[Figure]:
    """Of the templates that are put aside, and of the others."""
    found = []
    for kind in TEMPLATES:
        bar = Bar(least=0.99) if kind == PUT_ASIDE else None
        for side, own in (("replace", [row.replace for row in rows]), ("with", [row.with_ for row in rows])):
            hits = [hit for each in own for hit in each[kind]]
            found.append(Figure(f"the plain word's object, {side}, templates {kind}", share(hits), bar))
    return found
