"""What `text-replace evaluate` calls: a suite that is put together, measured, drawn and printed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.lab.evaluate.asked_cases import ColouredEdits, SeveralEdits
from text_replace_engine.lab.evaluate.edit_cases import EditCases
from text_replace_engine.lab.evaluate.edits import Judges
from text_replace_engine.lab.evaluate.figures import Figure
from text_replace_engine.lab.evaluate.judge import Judge
from text_replace_engine.lab.evaluate.material import ComposedMaterial, Material, QuickMaterial
from text_replace_engine.lab.evaluate.measure import COLOURS, SEVERAL, Counts, Measurement, measure
from text_replace_engine.lab.evaluate.second_judge import SecondJudge
from text_replace_engine.lab.evaluate.sheet import contact_sheet
from text_replace_engine.lab.train.style import pictures_in
from text_replace_engine.models.bundle import load_models
from text_replace_wire.api import EngineApi, IsCancelled

_SHEET = 24
QUICK_SUITE = "quick"


class Evaluation:
    """A suite with the starter models, the judge and the pictures, about which an engine is asked."""

    def __init__(
        self,
        suite: str,
        engine: EngineApi,
        scenes: int,
        edits: int,
        best: int,
        ablations: int,
        pairs: int,
        art: Path | None,
        cache: Path,
        outside: Path | None = None,
    ) -> None:
        """suite: REMNANTS takes the number of scenes alone, CUTOUTS and SEEDS that of edits; QUICK_SUITE at most 20
        scenes and 12 edits, from pictures that come with the engine; any other name composes them from `art` (None: npm
        fetches it into `cache`). The numbers are of cases. outside: a folder of pictures in another style.

        Raises ModelError, and UserError where there is no such art.
        """
        models, judge = load_models("starter", torch.device("cpu"), torch.float32), Judge()
        material: Material
        if suite == QUICK_SUITE:
            material = QuickMaterial(judge.names)
            counts = Counts(min(scenes, 20), min(edits, 12))
        else:
            from text_replace_engine.lab.train.art import load_art

            material = ComposedMaterial(load_art(art, cache), judge.size)
            counts = Counts(scenes, edits, best, ablations, pairs)
        others = [] if outside is None else pictures_in(outside)
        judges = Judges(judge, SecondJudge(), material.alike)
        self._what = Measurement(suite, engine, models, judges, material, counts, cache, others)

    def figures(self, out: Path, on_case: OnCase, cancelled: IsCancelled) -> list[Figure]:
        """What is measured; see `measure`."""
        return measure(self._what, out, on_case, cancelled)

    def sheet(self, on_case: OnCase, cancelled: IsCancelled) -> bytes:
        """A PNG of the first edits. Raises whatever the engine raises."""
        what, packed = self._what, io.BytesIO()
        count = min(_SHEET, what.counts.edits)
        edits: EditCases = what.material.edits
        if what.suite == COLOURS:
            edits = ColouredEdits(edits)
        elif what.suite == SEVERAL:
            edits = SeveralEdits(edits, what.material.names)
        contact_sheet(what.engine, edits, count, on_case, cancelled).save(packed, "PNG")
        return packed.getvalue()


def print_table(figures: Sequence[Figure]) -> None:
    """Every figure with its interval, what it needs, and whether it has that."""
    table = Table("", "value", "95 % interval", "cases", "needs", "", box=None, pad_edge=False)
    for figure in figures:
        number = figure.estimate
        answer = {True: "yes", False: "NO", None: ""}[figure.passed]
        interval = "" if number.low == number.high else f"{_shown(number.low)} – {_shown(number.high)}"
        table.add_row(figure.name, _shown(number.value), interval, str(number.count), figure.needs, answer)
    Console(highlight=False).print(table)


def _shown(value: float) -> str:
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.0005 else f"{value:.0e}"
