"""Asks an engine about every case, and sums up: right object, mask, honest "not found"."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from text_replace_wire.errors import UserError
from text_replace_wire.messages import Found, ModelChoice

from ..composite import array
from ..models.files import write_whole
from ..requests import Engine, IsCancelled, find_request
from .cases import Case, Cases
from .statistics import Estimate, mean, share

#: What version 0 of the starter models has to reach.
BARS = {"right object": 0.85, "mean IoU": 0.75, "honest not found": 0.80}
_RIGHT = 0.5


@dataclass(frozen=True)
class Row:
    """One case's answers: iou is 0 where nothing was found, alarm says that the absent word was "found"."""

    present: str
    found: bool
    iou: float
    absent: str
    listed: bool
    alarm: bool


def measure(
    engine: Engine,
    cases: Cases,
    results: Path | None,
    suite: str,
    on_case: Callable[[int], None],
    cancelled: IsCancelled,
) -> dict[str, Estimate]:
    """Ask about every case; `results` keeps the rows, so that a later call with the same models goes on from there.

    Raises UserError where `results` is another kind of file, and whatever the engine raises.
    """
    kept = _Kept(results, suite)
    for index in range(len(cases)):
        # The first one is always asked: it tells whether the models are still the same.
        if index == 0 or index not in kept.rows:
            case = cases[index]
            row, models = _ask(engine, case, cancelled)
            kept.add(index, row, models)
        on_case(index + 1)
    rows = [kept.rows[index] for index in range(len(cases))]
    summary = summarise(rows)
    kept.write(summary)
    return summary


def summarise(rows: Sequence[Row]) -> dict[str, Estimate]:
    """The figures by name, without those that have no case. An object that was not found counts as IoU 0."""
    ious = [row.iou for row in rows]
    right = [iou for iou in ious if iou >= _RIGHT]
    listed = [row.alarm for row in rows if row.listed]
    outside = [row.alarm for row in rows if not row.listed]
    return {
        "right object": share([iou >= _RIGHT for iou in ious]),
        "mean IoU": mean(ious),
        **({"mean IoU where right": mean(right)} if right else {}),
        "missed": share([not row.found for row in rows]),
        "honest not found": share([not row.alarm for row in rows]),
        **({"false alarm, vocabulary words": share(listed)} if listed else {}),
        **({"false alarm, outside words": share(outside)} if outside else {}),
    }


def overlap(found: Found, mask: NDArray[np.bool_]) -> float:
    """Intersection over union of the chosen candidates and the true mask, at the search copy's size."""
    chosen = [each for each in found.candidates if each.rank in found.chosen]
    if not chosen:
        return 0.0
    seen = np.any([array(each.mask)[:, :, 0] > 127 for each in chosen], axis=0)
    true = (
        np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).resize(chosen[0].mask.size, Image.Resampling.BOX)) > 127
    )
    return float((seen & true).sum() / max(1, (seen | true).sum()))


def _ask(engine: Engine, case: Case, cancelled: IsCancelled) -> tuple[Row, list[Mapping[str, Any]]]:
    question = case.question
    there, gone = (
        engine.find(find_request(case.pixels, None, word, ModelChoice.STARTER), lambda progress: None, cancelled)
        for word in (question.present, question.absent)
    )
    row = Row(
        present=question.present,
        found=bool(there.chosen),
        iou=overlap(there, case.mask),
        absent=question.absent,
        listed=question.listed,
        alarm=bool(gone.chosen),
    )
    return row, there.report["models"]


class _Kept:
    """The rows on disk. Rows of other models or another suite are dropped."""

    def __init__(self, path: Path | None, suite: str) -> None:
        self._path, self._suite = path, suite
        self._models: list[Mapping[str, Any]] = []
        self.rows: dict[int, Row] = {}
        if path is not None and path.exists():
            try:
                earlier = json.loads(path.read_text(encoding="utf-8"))
                if earlier["suite"] == suite:
                    self.rows = {int(index): Row(**row) for index, row in earlier["rows"].items()}
                    self._models = earlier["models"]
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(f"“{path}” holds no results of an evaluation: choose another name.") from error

    def add(self, index: int, row: Row, models: list[Mapping[str, Any]]) -> None:
        if models != self._models:
            self.rows, self._models = {}, models
        self.rows[index] = row
        self.write(None)

    def write(self, summary: Mapping[str, Estimate] | None) -> None:
        if self._path is None:
            return
        document = {
            "suite": self._suite,
            "models": self._models,
            "summary": {name: vars(each) for name, each in (summary or {}).items()},
            "rows": {str(index): dataclasses.asdict(row) for index, row in sorted(self.rows.items())},
        }
        write_whole(self._path, (json.dumps(document, indent=1) + "\n").encode())
