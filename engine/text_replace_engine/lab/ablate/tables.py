"""What the rows of an ablation come to, as a table to compute with and as data for figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import mean

from text_replace_engine.lab.ablate.folder import AGREEMENT, BACKGROUND, SECONDS, Folder
from text_replace_engine.lab.ablate.sweep import Cell, Setting, Sweep, Weight, number
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.benchmark.results.rows import Row
from text_replace_engine.lab.page.document import Table

#: As columns of the CSV file, in their order.
COLUMNS: Mapping[str, str] = {
    AGREEMENT: "clip_agreement",
    **{key: key.replace("unpasted", "background") for key in BACKGROUND},
    SECONDS: "seconds",
}
#: Its note says all that those of the other background errors say.
_MOST_SAID = BACKGROUND[1]


@dataclass(frozen=True)
class Ablation:
    """A sweep that is done."""

    sweep: Sweep
    rows: Mapping[Setting, Row]
    folder: Folder

    def value(self, cell: Cell, key: str) -> float | None:
        """What was measured; None where there is no picture."""
        return self.rows[cell.setting].values.get(key)

    def over_seeds(self, over: Weight, value: float, key: str) -> list[float]:
        """Of every seed that gave a picture."""
        cells = (cell for cell in self.sweep.cells if (cell.over, cell.value) == (over, value))
        return [known for cell in cells if (known := self.value(cell, key)) is not None]

    def points(self, key: str) -> dict[Weight, dict[float, list[float]]]:
        """By λ and value, of every seed."""
        sweep = self.sweep
        return {over: {value: self.over_seeds(over, value, key) for value in sweep.values} for over in sweep.over}


def as_csv(ablation: Ablation) -> str:
    """A line for each cell; the edit in which every λ is 1000 has one for each λ."""
    packed = io.StringIO()
    writer = csv.writer(packed, lineterminator="\n")
    writer.writerow(["lambda", "value", "seed", *COLUMNS.values(), "picture", "failure"])
    for cell in ablation.sweep.cells:
        row, path = ablation.rows[cell.setting], ablation.folder.after(cell.setting.id)
        numbers = [_written(ablation.value(cell, key)) for key in COLUMNS]
        picture = "" if row.failure else path.relative_to(ablation.folder.path).as_posix()
        writer.writerow([cell.over.value, number(cell.value), cell.setting.seed, *numbers, picture, row.failure])
    return packed.getvalue()


def page_tables(ablation: Ablation, metrics: Mapping[str, Metric]) -> Iterator[Table]:
    """A table for each λ: a row for each value, the mean over the seeds and from the least to the most of them; the
    last one's note is of all.
    """
    sweep = ablation.sweep
    known = [metrics[key] for key in COLUMNS]
    note = " ".join(f"{metrics[key].title}: {metrics[key].note}" for key in (AGREEMENT, _MOST_SAID))
    for over in sweep.over:
        rows = (
            (number(value), *(_mean(ablation.over_seeds(over, value, metric.key), metric.digits) for metric in known))
            for value in sweep.values
        )
        titles = (over.symbol, *(f"{metric.title} {metric.unit}".strip() for metric in known))
        yield Table(f"{over.symbol} varied", titles, tuple(rows), note if over is sweep.over[-1] else "")


def _mean(values: list[float], digits: int) -> str:
    if not values:
        return "–"
    spread = "" if len(values) == 1 else f" ({min(values):.{digits}f} to {max(values):.{digits}f})"
    return f"{mean(values):.{digits}f}{spread}"


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
