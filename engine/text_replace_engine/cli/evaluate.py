"""`text-replace evaluate`: measuring the starter models, or any models on anyone's pictures."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from text_replace_engine.batch.sources.names import pairs_in, value_of
from text_replace_engine.cli import options
from text_replace_engine.cli.engine_use import Dtype, is_said, own_engine
from text_replace_engine.cli.failures import Interrupt, explained
from text_replace_engine.cli.lab import ArtOption, OutsideOption, lab
from text_replace_engine.cli.outputs import check_outputs, write_outputs
from text_replace_engine.cli.progress import counting
from text_replace_engine.models.files import cache_folder
from text_replace_engine.painting.latent.names import PainterName
from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.options import AUTO, MAX_SEED
from text_replace_wire.painting import Painting


class Suite(StrEnum):
    STARTER = "starter"
    REMNANTS = "remnants"
    CUTOUTS = "cutouts"
    PARTS = "parts"
    SEEDS = "seeds"
    COLOURS = "colours"
    SEVERAL = "several"
    INSTANCES = "instances"
    WORDINGS = "wordings"


#: What only figures in F.json have, what only cases in a folder have, and what only cases of the suite have.
_FIGURES = ("scenes", "best", "ablations", "pairs", "sheet", "outside")
_CASES = ("preset", "models", "seed", "painter", "select", "option", "device", "dtype", "limit", "compare", "blind")
_SUITE = ("suite", "edits", "art", "cache", "quick")


def evaluate(
    context: typer.Context,
    source: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Pictures with cases.jsonl, or PIE-Bench; else a suite.")
    ] = None,
    suite: Annotated[Suite, typer.Option(help="What to measure.")] = Suite.STARTER,
    scenes: Annotated[int, typer.Option("--scenes", "-n", min=0, help="Unseen scenes for choice and mask.")] = 500,
    edits: Annotated[int, typer.Option(min=0, help="Standard edits of random pairs.")] = 200,
    best: Annotated[int, typer.Option(min=0, help="Of those pairs, how many also by best-of-4.")] = 60,
    ablations: Annotated[int, typer.Option(min=0, help="And how many also without each loss.")] = 60,
    pairs: Annotated[
        int, typer.Option(min=0, help="Edits that a network is taught to tell from real pictures.")
    ] = 1000,
    art: ArtOption = None,
    cache: Annotated[Path | None, typer.Option(metavar="DIR", help="Where fetched art and windows are kept.")] = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            help="F.json: results of a suite. Any other name: a folder for cases. An interrupted run goes on from it.",
        ),
    ] = Path("evaluation.json"),
    quick: Annotated[
        bool, typer.Option("--quick", help="20 choices and 12 edits on pictures that come with the engine.")
    ] = False,
    sheet: Annotated[
        Path | None, typer.Option(metavar="F.png", help="Also draw before, mask and after of 24 of the edits.")
    ] = None,
    outside: OutsideOption = None,
    preset: Annotated[options.Preset, typer.Option(help="How to paint.")] = options.Preset.STANDARD,
    models: options.ModelsOption = AUTO,
    painter: Annotated[PainterName | None, typer.Option(help="What paints, as in edit.")] = None,
    select: options.SelectOption = Select.OURS,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Any other option of edit that the painter takes: steps=10."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Of cases that say none.")] = 0,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, …")] = None,
    dtype: Annotated[Dtype | None, typer.Option(help="Number format.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N cases.")] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FOLDER", help="Also another tool's results, or those of another run, by case."),
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Then ask a person, in a browser, what results show, without their names.")
    ] = False,
) -> None:
    """Measure the starter models on pictures they have not seen, or any models on anyone's pictures in a folder.

    A whole suite takes hours on two processor cores; each count that is lowered makes the intervals wider.
    """
    with explained(interrupted="Interrupted: the same command goes on from here.") as interrupt:
        if source is None and out.suffix.lower() == ".json":
            _refuse(context, _CASES, "is of cases in a folder: name one with -o, or leave it out")
            _figures(
                context, suite, scenes, edits, best, ablations, pairs, art, cache, out, quick, sheet, outside, interrupt
            )
            return
        _refuse(context, _FIGURES, "is of figures in a file: name one with -o F.json, or leave it out")
        if out.suffix.lower() == ".json":
            raise UserError(f"-o “{out}” is a file for figures of a suite: name a folder for the cases' results.")
        if source is not None:
            _refuse(context, _SUITE, "is of a suite: leave it out, or the folder of pictures")
        if suite is not Suite.STARTER:
            raise UserError(f"--suite {suite.value} is no list of cases: name a file with -o F.json.")
        if source is None and models == AUTO:
            models = "starter"
        own = {name.replace("-", "_"): value_of(name, value) for name, value in pairs_in(option or [])}
        given = {"painter": None if painter is None else painter.value, **own}
        command, engine = lab("benchmark.command"), own_engine(context, device, dtype)
        settings = command.Settings(models, Painting(preset.value).with_options(**given), select, seed)
        if source is not None:
            cases = lab("benchmark.sources.registry").source_in(source, seed)
        else:
            cases = lab("evaluate.suite_source").starter_suite(engine, edits, art, cache or cache_folder(), quick)
        with counting() as on_case:
            at_address = _open if blind else None
            found = command.evaluate(
                cases, engine, settings, out, limit, compare or (), on_case, interrupt.is_set, at_address
            )
        found.print()
        for sentence in found.failures:
            typer.echo(sentence, err=True)
        typer.echo(f"Wrote “{out}”: {found.summary}.")
        raise typer.Exit(found.exit_code)


def _open(address: str) -> None:
    import webbrowser

    typer.echo(f"Say what the results show, at {address}; Ctrl-C ends it, and the same command goes on.")
    webbrowser.open(address)


def _figures(
    context: typer.Context,
    suite: Suite,
    scenes: int,
    edits: int,
    best: int,
    ablations: int,
    pairs: int,
    art: Path | None,
    cache: Path | None,
    out: Path,
    quick: bool,
    sheet: Path | None,
    outside: Path | None,
    interrupt: Interrupt,
) -> None:
    check_outputs({"--out": out, "--sheet": sheet}, [])
    command = lab("evaluate.command")
    if suite in (Suite.INSTANCES, Suite.WORDINGS):
        phrases = lab("evaluate.phrases")
        with counting() as on_case:
            typed = phrases.PhraseEvaluation(suite.value, own_engine(context), scenes, art, cache or cache_folder())
            figures = typed.figures(out, on_case, interrupt.is_set)
        command.print_table(figures)
        return
    with counting() as on_case:
        suite_name, engine = command.QUICK_SUITE if quick else suite.value, own_engine(context)
        evaluation = command.Evaluation(
            suite_name, engine, scenes, edits, best, ablations, pairs, art, cache or cache_folder(), outside
        )
        figures = evaluation.figures(out, on_case, interrupt.is_set)
        if sheet is not None:
            write_outputs({sheet: evaluation.sheet(on_case, interrupt.is_set)})
    command.print_table(figures)


def _refuse(context: typer.Context, names: tuple[str, ...], why: str) -> None:
    """Raises UserError where one of these was given."""
    for name in names:
        if is_said(context, name):
            raise UserError(f"--{name} {why}.")
