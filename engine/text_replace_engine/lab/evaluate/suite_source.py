"""The starter suite's edits as cases of a benchmark, with what its judges say of each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np

from text_replace_engine.client.exchange import Replaced
from text_replace_engine.lab.benchmark.case import Case, Pixels, Result
from text_replace_engine.lab.benchmark.metric import SHARE, Better, Metric
from text_replace_engine.lab.evaluate.edit_cases import EditCase
from text_replace_engine.lab.evaluate.edits import Judges, judged
from text_replace_engine.lab.evaluate.judge import Judge
from text_replace_engine.lab.evaluate.material import ComposedMaterial, Material, QuickMaterial
from text_replace_engine.lab.evaluate.second_judge import SecondJudge
from text_replace_wire.api import EngineApi, never

_QUICK = 12


class SuiteSource:
    """See `benchmark.case.Source`. The reference is the true object's mask."""

    left_out: Mapping[str, int] = {}

    def __init__(self, name: str, engine: EngineApi, judges: Judges, material: Material, count: int) -> None:
        """engine: finds the new object in a result."""
        self.name, self.metrics = name, _metrics(judges)
        self._engine, self._judges, self._material, self._count = engine, judges, material, count
        self._case = lru_cache(maxsize=1)(self._made)

    @cached_property
    def entries(self) -> tuple[Case, ...]:
        """See `benchmark.case.Source`."""
        return tuple(map(self._entry, range(self._count)))

    def judged(self, case: Case, result: Result) -> Mapping[str, float | None]:
        """See `benchmark.case.Source`. Where nobody said what an edit was to change, it was the true object."""
        edit = self._case(int(case.id))
        object_mask = _plane(edit.mask)
        region = object_mask if result.region is None else result.region
        found = judged(self._engine, self._judges, edit, Replaced(result.after, region, object_mask), 0.0, never)
        return {
            "recognised": float(found.recognised),
            "probability": found.probability,
            "read": None if found.read is None else found.read[0],
            "edges": _ratio(found.strengths),
            "outline": _ratio(found.widths),
            "ground": None if found.ground is None else found.ground[0],
            "strayed": None if result.region is None else float(found.changed),
        }

    def _entry(self, index: int) -> Case:
        replace, with_ = self._material.edits.names(index)
        return Case(f"{index:04}", replace, with_, index, partial(self._read, index), partial(self._reference, index))

    def _made(self, index: int) -> EditCase:
        return self._material.edits[index]

    def _read(self, index: int) -> Pixels:
        return self._case(index).given

    def _reference(self, index: int) -> Pixels:
        return _plane(self._case(index).mask)


def starter_suite(engine: EngineApi, edits: int, art: Path | None, cache: Path, quick: bool) -> SuiteSource:
    """The first `edits` of the suite, composed from `art` (None: npm fetches it into `cache`); quick: at most 12, of
    pictures that come with the engine. Raises ModelError, and UserError where there is no such art.
    """
    judge = Judge()
    material: Material
    if quick:
        material, edits = QuickMaterial(judge.names), min(edits, _QUICK)
    else:
        from text_replace_engine.lab.train.art import load_art

        material = ComposedMaterial(load_art(art, cache), judge.size)
    judges = Judges(judge, SecondJudge(), material.alike)
    return SuiteSource("starter, quick" if quick else "starter", engine, judges, material, edits)


def _metrics(judges: Judges) -> tuple[Metric, ...]:
    first = f"By the judge ({judges.first.sha256[:12]})."
    second = f"By the second judge ({judges.second.sha256[:12]})."
    edges = "99th percentile of the gradient in the edit region."
    return (
        Metric("recognised", "recognised", Better.HIGHER, SHARE, note=first),
        Metric("probability", "judge's probability", Better.HIGHER, note=first),
        Metric("read", "second judge's probability", Better.HIGHER, note=second),
        Metric("edges", "edges, edited / before", Better.NEITHER, digits=2, note=edges),
        Metric("outline", "outline's width / a real one's", Better.LOWER, digits=2),
        Metric("ground", "error of the ground", Better.LOWER, "8-bit steps", 1),
        Metric("strayed", "pixels changed where the region is 0", Better.LOWER, digits=0),
    )


def _plane(mask: np.ndarray) -> Pixels:
    return np.where(mask, np.uint8(255), np.uint8(0))


def _ratio(both: tuple[float, float] | None) -> float | None:
    return None if both is None or both[1] == 0 else both[0] / both[1]
