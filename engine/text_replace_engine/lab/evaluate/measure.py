"""Runs a suite: asks, edits, judges; keeps every row, and sums up."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.lab.evaluate import alone, figures, two_sample
from text_replace_engine.lab.evaluate.ablations import Ablated, outcomes
from text_replace_engine.lab.evaluate.asked import ColouredEdit, SeveralEdit, coloured, several
from text_replace_engine.lab.evaluate.asked_cases import ColouredEdits, SeveralEdits
from text_replace_engine.lab.evaluate.choices import Choice, ask
from text_replace_engine.lab.evaluate.cutouts import Looked, looked_at
from text_replace_engine.lab.evaluate.edits import JudgedEdit, Judges, run
from text_replace_engine.lab.evaluate.fidelity import Features
from text_replace_engine.lab.evaluate.figures import Figure
from text_replace_engine.lab.evaluate.material import Material
from text_replace_engine.lab.evaluate.parts import Bought, bought
from text_replace_engine.lab.evaluate.remnants import Left, look
from text_replace_engine.lab.evaluate.results import Results, Row
from text_replace_engine.lab.evaluate.seeds import Seeds, seeds
from text_replace_engine.lab.evaluate.styles import OutsidePicture, WornScene, ask_of_outside, ask_of_scene
from text_replace_engine.lab.evaluate.told_apart import told_apart
from text_replace_engine.models.bundle import Models
from text_replace_engine.models.files import STARTER
from text_replace_engine.painting.guided.sampling.presets import Preset
from text_replace_wire.api import EngineApi, IsCancelled
from text_replace_wire.errors import Cancelled

#: Suites of one kind of figures, which say nothing of weights and judges.
REMNANTS, CUTOUTS, COLOURS, SEVERAL = "remnants", "cutouts", "colours", "several"
PARTS, SEEDS = "parts", "seeds"


@dataclass(frozen=True)
class Counts:
    """How many of each; 0 leaves the rows out."""

    scenes: int = 0
    edits: int = 0
    best: int = 0
    ablations: int = 0
    pairs: int = 0


@dataclass(frozen=True)
class Measurement:
    """What is measured, by whom, on what, and how often. cache: a folder for pictures of edits. outside: picture files
    in another style than the starter's.
    """

    suite: str
    engine: EngineApi
    models: Models
    judges: Judges
    material: Material
    counts: Counts
    cache: Path
    outside: Sequence[Path] = ()

    def identity(self) -> list[dict[str, str]]:
        """Whose rows these are."""
        files = [{"role": file.role, "sha256": file.sha256} for file in self.models.files]
        judges = {"judge": self.judges.first.sha256, "reader": self.judges.second.sha256}
        return [*files, *({"role": role, "sha256": sha256} for role, sha256 in judges.items())]


def measure(what: Measurement, path: Path | None, on_case: OnCase, cancelled: IsCancelled) -> list[Figure]:
    """Measure; `path` keeps the rows, so that a later call with the same models goes on from there.

    Raises UserError where `path` is another kind of file, Cancelled, and whatever the engine raises.
    """
    results = Results(path, what.suite, what.identity())
    table = _Table(what, results, on_case, cancelled)
    of_one_kind = {
        REMNANTS: table.remnants,
        CUTOUTS: table.cutouts,
        COLOURS: table.coloured,
        SEVERAL: table.several,
        PARTS: table.parts,
        SEEDS: table.seeds,
    }
    if what.suite in of_one_kind:
        found = of_one_kind[what.suite]()
    else:
        found = [*table.choices(), *table.styles(), *table.edits(), *table.best(), *table.ablations(), *table.pairs()]
        found += [*figures.of_weights(STARTER), *table.judged()]
    results.write([figure.document() for figure in found])
    return found


class _Table:
    def __init__(self, what: Measurement, results: Results, on_case: OnCase, cancelled: IsCancelled) -> None:
        self._what, self._results, self._on_case, self._cancelled = what, results, on_case, cancelled

    def choices(self) -> list[Figure]:
        what = self._what

        def one(index: int) -> Row:
            case = what.material.choices[index]
            return dataclasses.asdict(ask(what.engine, what.models, case, self._cancelled))

        rows = self._rows("choices", what.counts.scenes, one)
        return figures.of_choices([Choice(**row) for row in rows]) if rows else []

    def styles(self) -> list[Figure]:
        what = self._what

        def one(index: int) -> Row:
            return dataclasses.asdict(ask_of_scene(what.models, what.material.choices[index], index))

        rows = self._rows("styles", what.counts.scenes, one)
        found = figures.of_scene_styles([WornScene(**row) for row in rows]) if rows else []
        # Not kept: another time the folder may hold others.
        others: list[OutsidePicture] = []
        for path in what.outside:
            others.append(ask_of_outside(what.models, path))
            self._on_case("outside", len(others), len(what.outside))
        return [*found, *(figures.of_outside(others) if others else [])]

    def edits(self) -> list[Figure]:
        rows = self._edits("edits", self._what.counts.edits, Preset.STANDARD)
        return figures.of_edits(rows, lambda: self._real(rows)) if rows else []

    def best(self) -> list[Figure]:
        rows = self._edits("best", self._what.counts.best, Preset.BEST)
        return figures.of_best(rows) if rows else []

    def ablations(self) -> list[Figure]:
        what = self._what

        def one(index: int) -> Row:
            found = outcomes(what.models, what.judges.first, what.material.edits[index], self._cancelled)
            if found is None:
                raise Cancelled("cancelled")
            return {name: dataclasses.asdict(outcome) for name, outcome in found.items()}

        rows = self._rows("ablations", what.counts.ablations, one)
        whole = [{name: Ablated(**outcome) for name, outcome in row.items()} for row in rows]
        return figures.of_ablations(whole) if whole else []

    def pairs(self) -> list[Figure]:
        what = self._what
        if not what.counts.pairs:
            return []
        models = hashlib.sha256(json.dumps(what.identity()).encode()).hexdigest()[:16]
        folder = what.cache / "two-sample" / two_sample.RECIPE / models
        kept = two_sample.pairs(
            what.engine, what.material.edits, what.counts.pairs, folder, self._on_case, self._cancelled
        )
        whole, ground = (kept[:, 0], kept[:, 1]), two_sample.grounds(kept)
        return figures.of_pairs(*(told_apart(*each) if len(each[0]) > 1 else None for each in (whole, ground)))

    def remnants(self) -> list[Figure]:
        what = self._what

        def one(index: int) -> Row:
            case = what.material.remnants[index]
            return dataclasses.asdict(look(what.engine, what.models, case, self._cancelled))

        rows = self._rows("remnants", what.counts.scenes, one)
        return alone.of_remnants([Left(**row) for row in rows])

    def cutouts(self) -> list[Figure]:
        what = self._what

        def one(index: int) -> Row:
            found = looked_at(what.models, what.judges, what.material.edits[index], self._cancelled)
            if found is None:
                raise Cancelled("cancelled")
            return {name: dataclasses.asdict(looked) for name, looked in found.items()}

        rows = self._rows("cutouts", what.counts.edits, one)
        whole = [{name: Looked(**looked) for name, looked in row.items()} for row in rows]
        return alone.of_cutouts(whole)

    def parts(self) -> list[Figure]:
        what = self._what

        def one(index: int) -> Row:
            found = bought(what.models, what.judges, what.material.edits[index], self._cancelled)
            if found is None:
                raise Cancelled("cancelled")
            return {name: dataclasses.asdict(each) for name, each in found.items()}

        rows = self._rows("parts", what.counts.edits, one)
        return alone.of_parts([{name: Bought(**each) for name, each in row.items()} for row in rows])

    def coloured(self) -> list[Figure]:
        what, cases = self._what, ColouredEdits(self._what.material.edits)

        def one(index: int) -> Row:
            return dataclasses.asdict(coloured(what.engine, cases[index], self._cancelled))

        return figures.of_coloured([ColouredEdit(**row) for row in self._rows("coloured", what.counts.edits, one)])

    def several(self) -> list[Figure]:
        what = self._what
        cases = SeveralEdits(what.material.edits, what.material.names)

        def one(index: int) -> Row:
            return dataclasses.asdict(several(what.engine, what.judges.first, cases[index], self._cancelled))

        return figures.of_several([SeveralEdit(**row) for row in self._rows("several", what.counts.edits, one)])

    def seeds(self) -> list[Figure]:
        what = self._what

        def one(index: int) -> Row:
            case = what.material.edits[index]
            return dataclasses.asdict(seeds(what.engine, what.models.perceptual, case, self._cancelled))

        return alone.of_seeds([Seeds(**row) for row in self._rows("seeds", what.counts.edits, one)])

    def judged(self) -> list[Figure]:
        what = self._what
        crops, names = what.material.known()
        nothing = what.material.nothing(what.models)
        rejected = {kind: what.judges.first.rejected(pictures) for kind, pictures in nothing.items()}
        rejected["pushed pictures"] = what.judges.first.rejected_when_pushed(nothing["drawn"])
        found = figures.of_judge(what.judges.first.right(crops, names), rejected)
        second = what.judges.second
        rejected = {kind: second.rejected(pictures) for kind, pictures in nothing.items()}
        errors = second.calibration_errors(crops, names)
        return [*found, *figures.of_second_judge(second.right(crops, names), rejected, errors)]

    def _edits(self, section: str, count: int, preset: Preset) -> list[JudgedEdit]:
        what = self._what

        def one(index: int) -> Row:
            case = what.material.edits[index]
            return dataclasses.asdict(run(what.engine, what.judges, case, preset, self._cancelled))

        return [JudgedEdit(**row) for row in self._rows(section, count, one)]

    def _rows(self, section: str, count: int, one: Callable[[int], Row]) -> list[Row]:
        return self._results.rows(section, count, one, self._on_case)

    def _real(self, rows: list[JudgedEdit]) -> tuple[Features, Features]:
        material = self._what.material
        painted = [(index, row) for index, row in enumerate(rows) if row.found]
        first, second = (
            self._what.judges.first.features(
                np.stack([material.real(block, row.with_, index, row.grey) for index, row in painted])
            )
            for block in (0, 1)
        )
        return first, second
