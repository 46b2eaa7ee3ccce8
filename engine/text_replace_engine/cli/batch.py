"""`text-replace batch`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from text_replace_engine.batch.cluster.joining import LOCAL
from text_replace_engine.batch.job import Broken
from text_replace_engine.batch.sources.asked import Asked
from text_replace_engine.batch.sources.checking import checked
from text_replace_engine.batch.sources.names import Fields, options_in
from text_replace_engine.batch.sources.registry import source_of
from text_replace_engine.cli import cluster, options
from text_replace_engine.cli.engine_use import Dtype, EngineUse, is_own, opened
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.progress import counting
from text_replace_engine.cli.streams import check_printed
from text_replace_engine.sets.registry import resolved
from text_replace_wire.api import EngineApi, IsCancelled
from text_replace_wire.options import AUTO, MAX_SEED, MAX_VARIATIONS

if TYPE_CHECKING:
    from text_replace_engine.batch.flow import Way
    from text_replace_engine.batch.identity import Identity, Probe


class Format(StrEnum):
    PNG = "png"
    TIF = "tif"


def batch(
    context: typer.Context,
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A folder of pictures, .csv, .jsonl, or .json as COCO has it.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT", help="A folder; an interrupted run goes on from it.")
    ],
    replace: Annotated[
        list[str] | None,
        typer.Option("--replace", metavar="TEXT", help="What is in the pictures, as in edit; of COCO: the category."),
    ] = None,
    with_: Annotated[
        list[str] | None, typer.Option("--with", metavar="TEXT", help="What to paint instead, as in edit.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Put nothing in its place; photo models only.")] = False,
    seed: Annotated[
        int, typer.Option(min=0, max=MAX_SEED, help="To which a number is added that follows from the picture's id.")
    ] = 0,
    variations: Annotated[
        int, typer.Option(min=1, max=MAX_VARIATIONS, metavar="N", help="Results of each picture.")
    ] = 1,
    keep_better_than: Annotated[
        float | None, typer.Option(metavar="SCORE", help="Keep only results whose score is above this.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N pictures.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look for the objects, say what would be painted, and write nothing.")
    ] = False,
    format_: Annotated[Format, typer.Option("--format", help="Of the results.")] = Format.PNG,
    category: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What annotations call the new object; else as --with does.")
    ] = None,
    annotations: Annotated[
        bool,
        typer.Option(
            "--annotations/--no-annotations", help="Find the new objects again, and write annotations as COCO has them."
        ),
    ] = True,
    preset: Annotated[options.Preset, typer.Option(help="How to paint.")] = options.Preset.STANDARD,
    models: options.ModelsOption = AUTO,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Any other option of edit, for example guidance_scale=3."),
    ] = None,
    engine: options.EngineOption = EngineUse.AUTO,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, …; in this process.")] = None,
    dtype: Annotated[Dtype | None, typer.Option(help="Number format; in this process.")] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Of the processor, on which results depend; in this process.")
    ] = None,
    ray: cluster.RayOption = None,
    workers: cluster.WorkersOption = None,
    shared: cluster.SharedOption = False,
) -> None:
    """Replace objects in many pictures, and describe what was made for detectors to be trained on.

    Exit codes: the highest of a picture, as edit; 0 where all are done. What is done is not done again.
    """
    with explained(interrupted="Interrupted: the same command goes on from here.") as interrupt:
        fields: Fields = {
            "replace": replace,
            "with": with_,
            "remove": remove or None,
            "category": category,
            "preset": preset.value,
            **options_in(option or []),
        }
        asked = source_of(source, Asked(fields, models, seed, variations))
        cluster.check(ray, workers, shared, engine, dry_run)
        from text_replace_engine.batch import command, looking
        from text_replace_engine.batch.identity import probe_of
        from text_replace_engine.batch.keeping import check_out, locked
        from text_replace_engine.batch.making import Settings

        jobs = asked.jobs
        check_out(out, source, jobs)
        for note in asked.notes:
            typer.echo(note, err=True)
        # A running engine and machines elsewhere may have other models: they refuse themselves, picture by picture.
        if ray in (None, LOCAL) and is_own(context, EngineUse.NEVER if ray else engine, device, dtype, threads):
            jobs = checked(jobs, resolved(models))
        settings = Settings(f".{format_.value}", keep_better_than, annotations)
        todo = command.Batch(asked, jobs, out, settings, limit)
        for sentence in command.told([job.why for job in todo.wanted if isinstance(job, Broken)]):
            typer.echo(sentence, err=True)
        probe = probe_of(jobs)
        if dry_run:
            entries = []
            with opened(context, engine, device, dtype, threads) as chosen_engine:
                probe.facts(chosen_engine)
                for entry in looking.looked_for(todo.wanted, chosen_engine, interrupt.is_set):
                    typer.echo(looking.plan(entry))
                    entries.append(entry)
            summary = command.summary(entries, painted=False)
            typer.echo(f"{summary}. Nothing was written.", err=True)
        else:
            if out.is_dir():
                # Told before minutes go into loading.
                with locked(out):
                    pass
            said = {
                **fields,
                "seed": seed,
                "variations": variations,
                "keep_better_than": keep_better_than,
                "format": format_.value,
                "annotations": annotations,
            }
            if ray is None:
                engines = _one_engine(opened(context, engine, device, dtype, threads), interrupt.is_set, probe)
            else:
                engines = cluster.engines(context, ray, workers, shared, device, dtype, threads, probe)
            with counting() as on_picture, engines as (facts, way), locked(out):
                summary = command.batch(todo, {"settings": said, **facts}, way, on_picture)
            for failure in summary.failures:
                typer.echo(failure, err=True)
            typer.echo(f"{summary}. Wrote “{out}”.")
        check_printed()
        raise typer.Exit(summary.exit_code)


@contextmanager
def _one_engine(
    opening: AbstractContextManager[EngineApi], cancelled: IsCancelled, probe: Probe
) -> Iterator[tuple[Identity, Way]]:
    """What it is, and the way to make pictures by it."""
    from text_replace_engine.batch.flow import overlapping

    with opening as engine:
        yield probe.facts(engine), partial(overlapping, engine, cancelled)
