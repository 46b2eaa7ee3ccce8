"""What `text-replace evaluate DIR` calls: every case asked and measured, kept, and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from text_replace_engine.lab.benchmark.blind.answers import ask_person, with_answers
from text_replace_engine.lab.benchmark.case import Case, Source
from text_replace_engine.lab.benchmark.measures.metrics import Meter
from text_replace_engine.lab.benchmark.measuring import Bench, OnCase, measure
from text_replace_engine.lab.benchmark.methods.comparing import comparisons, how_they_fit
from text_replace_engine.lab.benchmark.methods.editing import Editing, Settings
from text_replace_engine.lab.benchmark.methods.method import Method
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.benchmark.results.folder import Folder, Pictures, check_folder
from text_replace_engine.lab.benchmark.results.pages import Measured, document
from text_replace_engine.lab.benchmark.results.rows import Row, Rows
from text_replace_engine.lab.benchmark.results.summary import figures
from text_replace_engine.lab.benchmark.results.tables import csv_file, print_tables, tables
from text_replace_engine.lab.page.asking import AtAddress
from text_replace_engine.lab.page.document import Table
from text_replace_engine.lab.page.page import write_page
from text_replace_engine.local import ResidentEngine
from text_replace_engine.models.files import write_whole
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import NotFound, UserError, from_kind


@dataclass(frozen=True)
class Evaluation:
    """rows: by method, this engine's first. tables: what they come to. broken, left_out: of the source, how many
    entries cannot be asked, and `case.Source.left_out`.
    """

    rows: Mapping[str, Sequence[Row]]
    tables: Sequence[Table]
    broken: int
    left_out: Mapping[str, int]

    def print(self) -> None:
        """Onto the terminal."""
        print_tables(self.tables)

    @property
    def failures(self) -> list[str]:
        """A sentence for whatever could not be asked, or carried out; not where the object was not found."""
        return list(dict.fromkeys(row.failure for rows in self.rows.values() for row in rows if _code(row)))

    @property
    def summary(self) -> str:
        """How many cases there are, and what became of them."""
        own, *_ = self.rows.values()
        counts = {
            "done": sum(not row.failure for row in own),
            "not found": sum(row.kind == NotFound.kind for row in own),
            "failed": sum(_code(row) > 0 for row in own) - self.broken,
            "broken": self.broken,
        }
        told = [f"{count} {what}" for what, count in counts.items() if count]
        others = [f"{count} left out ({why})" for why, count in self.left_out.items()]
        return f"{len(own)} cases: {', '.join([*told, *others])}"

    @property
    def exit_code(self) -> int:
        """0, or the highest of what failed."""
        return max(_code(row) for rows in self.rows.values() for row in rows)


def evaluate(
    source: Source,
    engine: ResidentEngine,
    settings: Settings,
    out: Path,
    limit: int | None,
    compare: Sequence[str],
    on_case: OnCase,
    cancelled: IsCancelled,
    at_address: AtAddress | None = None,
) -> Evaluation:
    """Edit and measure the first `limit` cases of a source, and write all there is about them into the folder `out`;
    what is in there already is not asked again. compare: NAME=FOLDER of each other tool's results (`comparing`).
    at_address: a person is asked about the results as well, in a browser (`asking.ask`); None: nobody is.

    Raises UserError where there is no case, where what is asked can be asked of no case, and where `out` holds
    something else; OSError, and whatever the engine raises.
    """
    entries = source.entries[:limit]
    if not entries:
        raise UserError(f"{source.name} has no cases that replace an object: write some, or name another folder.")
    check_folder(out)
    folder = Folder(out)
    settings.check()
    bench = Bench(source, entries, Meter(settings.models), folder)
    cases = [entry for entry in entries if isinstance(entry, Case)]
    own = Editing(engine, settings)
    others = comparisons(compare, own.name, cases, bench.metrics)
    places: list[tuple[Method, Path, Pictures]] = [(own, folder.rows, folder.own)]
    places += [(other, folder.compared_rows(other.name), folder.compared(other.name)) for other in others]
    results = {
        method.name: Measured(
            measure(bench, method, Rows(path, _identity(bench, method)), pictures, on_case, cancelled), pictures
        )
        for method, path, pictures in places
    }
    if at_address is not None:
        ask_person(results, cases, folder, at_address, cancelled)
    measured, told = with_answers(results, cases, folder)
    facts = _facts(bench, own) | {
        other.name: how_they_fit(row.report for row in measured[other.name].rows) for other in others
    }
    return _written(bench, cases, (*bench.metrics, *told), measured, facts)


def _written(
    bench: Bench,
    cases: Sequence[Case],
    metrics: Sequence[Metric],
    measured: Mapping[str, Measured],
    facts: Mapping[str, str],
) -> Evaluation:
    """Write table and page."""
    categories = {case.id: case.category for case in cases}
    outcomes = {name: [row.outcome for row in one.rows if row.id in categories] for name, one in measured.items()}
    found = figures(outcomes, metrics, categories)
    folder, source = bench.folder, bench.source
    write_whole(folder.table, csv_file(found))
    title = f"{source.name}: {', '.join(measured)}"
    write_page(document(title, facts, tables(found), bench.entries, metrics, measured, folder), folder.page)
    rows = {name: one.rows for name, one in measured.items()}
    in_short = tables([figure for figure in found if not figure.category])
    return Evaluation(rows, in_short, len(bench.entries) - len(cases), source.left_out)


def _identity(bench: Bench, method: Method) -> dict[str, object]:
    """What has to be the same for rows in one file."""
    metrics = {metric.key: metric.note for metric in bench.metrics}
    return {"source": bench.source.name, **method.identity(), "metrics": metrics}


def _facts(bench: Bench, method: Editing) -> dict[str, str]:
    about = method.about
    left_out = {f"left out: {why}": str(count) for why, count in bench.source.left_out.items()}
    return {
        "cases": str(sum(isinstance(entry, Case) for entry in bench.entries)),
        **left_out,
        "settings": method.name,
        "models": ", ".join(f"{model['role']} {model['name']} ({model['sha256'][:12]})" for model in about["models"]),
        "device": f"{about['device']}, {about['dtype']}",
        "versions": ", ".join(f"{name} {version}" for name, version in about["versions"].items()),
    }


def _code(row: Row) -> int:
    """The exit code that a row asks for: what is not found is a result."""
    return 0 if not row.failure or row.kind == NotFound.kind else from_kind(row.kind, row.failure).exit_code
