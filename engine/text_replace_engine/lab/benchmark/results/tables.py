"""Figures to read: tables for the page and the terminal, and a file for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import rich.table
from rich.console import Console

from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.benchmark.results.summary import FEWEST_PAIRS, Figure
from text_replace_engine.lab.page.document import Table

_COLUMNS = ("method", "against", "category", "metric", "unit", "better", "mean", "low", "high", "count")
_MEANS = "Means with 95 % intervals (percentile bootstrap; of shares Wilson's) over n cases."
_DIFFERENCES = (
    "Mean differences over the cases that both have, with 95 % intervals by the paired bootstrap. “Better” or “worse” "
    f"stands where 0 is outside, of {FEWEST_PAIRS} cases or more: by chance in one of 20 rows in which nothing differs."
)


def tables(figures: Sequence[Figure]) -> tuple[Table, ...]:
    """Of all cases the means, then each method against the first, then, folded, the same for each category."""
    found = []
    for category in dict.fromkeys(figure.category for figure in figures):
        here = [figure for figure in figures if figure.category == category]
        found.append(_means([figure for figure in here if not figure.against], category))
        against = [figure for figure in here if figure.against]
        for method in dict.fromkeys(figure.method for figure in against):
            found.append(_differences([figure for figure in against if figure.method == method], category))
    return tuple(found)


def csv_file(figures: Sequence[Figure]) -> bytes:
    """A line for each figure, numbers in full; UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for figure in figures:
        metric, estimate = figure.metric, figure.estimate
        names = figure.method, figure.against, figure.category, metric.key, metric.unit, metric.better.value
        writer.writerow((*names, estimate.value, estimate.low, estimate.high, estimate.count))
    return text.getvalue().encode()


def print_tables(shown: Sequence[Table]) -> None:
    """On the terminal."""
    console = Console(highlight=False, markup=False, emoji=False)
    for table in shown:
        grid = rich.table.Table(*table.columns, title=table.title, title_justify="left", box=None, pad_edge=False)
        for row in table.rows:
            grid.add_row(*row)
        console.print(grid)
        if table.note:
            console.print(table.note, style="dim")
        console.print()


def _means(figures: Sequence[Figure], category: str) -> Table:
    methods = tuple(dict.fromkeys(figure.method for figure in figures))
    cells = {(figure.metric.key, figure.method): _cell(figure) for figure in figures}
    metrics = tuple({figure.metric.key: figure.metric for figure in figures}.values())
    # Once is enough: in the table of all cases.
    notes = {} if category else _numbered(metrics)
    rows = tuple(
        (_title(metric, notes), *(cells.get((metric.key, method), "") for method in methods)) for metric in metrics
    )
    told = [f"({number}) {note}" for note, number in notes.items()]
    note = "" if category else " ".join([_MEANS, *told])
    return Table(category or "All cases", ("", *methods), rows, note, folded=bool(category))


def _differences(figures: Sequence[Figure], category: str) -> Table:
    first = figures[0]
    title = f"{first.method} against {first.against}"
    rows = tuple((_title(figure.metric, {}), _cell(figure), figure.verdict) for figure in figures)
    note = "" if category else _DIFFERENCES
    title = f"{category}: {title}" if category else title
    return Table(title, ("", "difference", ""), rows, note, folded=bool(category))


def _cell(figure: Figure) -> str:
    digits, estimate = figure.metric.digits, figure.estimate
    sign = "+" if figure.against else ""
    value, low, high = (f"{number:{sign}.{digits}f}" for number in (estimate.value, estimate.low, estimate.high))
    interval = f" [{low}, {high}]" if estimate.count > 1 else ""
    return f"{value}{interval} n={estimate.count}".replace("-", "−")


def _title(metric: Metric, notes: Mapping[str, int]) -> str:
    numbers = [str(notes[note]) for note in metric.note.splitlines() if note in notes]
    title = f"{metric.title}, {metric.unit}" if metric.unit else metric.title
    return f"{title} ({', '.join(numbers)})" if numbers else title


def _numbered(metrics: Sequence[Metric]) -> Mapping[str, int]:
    notes = dict.fromkeys(note for metric in metrics for note in metric.note.splitlines())
    return {note: number for number, note in enumerate(notes, 1)}
