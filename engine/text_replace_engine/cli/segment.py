"""`text-replace segment`."""

from __future__ import annotations

import dataclasses

import typer

from text_replace_engine.cli import options
from text_replace_engine.cli.descriptors import is_standard_output
from text_replace_engine.cli.engine_use import EngineUse, opened
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.journal import Journal
from text_replace_engine.cli.outputs import check_outputs, write_outputs
from text_replace_engine.cli.progress import progress_bar
from text_replace_engine.cli.streams import check_printed
from text_replace_engine.client.pointing import check_select, pointed
from text_replace_engine.client.report import UNPAINTED, PairReport, Report
from text_replace_wire.building import find_request
from text_replace_wire.choosing import Select
from text_replace_wire.errors import NotFound
from text_replace_wire.messages import Found, check_prompt
from text_replace_wire.options import AUTO


def segment(
    context: typer.Context,
    source: options.PictureArgument,
    replace: options.ReplaceOption,
    where: options.WhereOption = None,
    point: options.PointOption = None,
    box: options.BoxOption = None,
    select: options.SelectOption = Select.OURS,
    page: options.PageOption = None,
    models: options.ModelsOption = AUTO,
    engine: options.EngineOption = EngineUse.AUTO,
    json: options.ReportOption = None,
) -> None:
    """List the objects that edit would choose from, best first; * marks its choice.

    Exit codes: 0 found, 3 not found; else as edit.
    """
    journal = Journal(json, Report((PairReport(replace, facts=UNPAINTED),), select=select.value))
    with explained(journal.fail) as interrupt:
        from text_replace_engine.client import exchange, images

        prompt = check_prompt(replace, "Replace")
        place = pointed(point or (), box)
        check_select(select, bool(place))
        journal.report = journal.report.pointed(place.points, place.box)
        check_outputs({"--json": json}, [source, where])
        picture = images.read_picture(source, page)
        journal.report = dataclasses.replace(journal.report, size=picture.size, warnings=picture.notes)
        for note in picture.notes:
            typer.echo(note, err=True)
        limit = images.read_where(where, picture.size)
        searched = exchange.PictureInMemory(picture.pixels, limit)
        query = find_request(searched, prompt, models, points=place.points, box=place.box, select=select)
        with opened(context, engine) as chosen_engine, progress_bar() as on_progress:
            found = chosen_engine.find(query, on_progress, interrupt.is_set)
        journal.report = journal.report.found(found, found.chosen)
        _print(found, beside=is_standard_output(json))
        if not found.chosen:
            raise NotFound(found.explanation)
        journal.report = dataclasses.replace(journal.report, status="done")
        write_outputs(journal.files())
        for said in (*journal.report.warnings[len(picture.notes) :], *filter(None, [found.understood])):
            typer.echo(said, err=True)
        check_printed()


def _print(found: Found, beside: bool) -> None:
    """beside: on standard error, because the report goes to standard output."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "rank", "label", "probability", "presence", "box", "area", box=None, pad_edge=False)
    for candidate in found.candidates:
        mark = "*" if candidate.rank in found.chosen else ""
        box = f"{candidate.box.x0},{candidate.box.y0},{candidate.box.x1},{candidate.box.y1}"
        numbers = (f"{candidate.probability:.3f}", f"{candidate.presence:.3f}")
        table.add_row(mark, str(candidate.rank), candidate.label, *numbers, box, str(candidate.area))
    # A pipe has no width: nothing may be cut there.
    console = Console(stderr=beside, highlight=False)
    (console if console.is_terminal else Console(stderr=beside, highlight=False, width=200)).print(table)
