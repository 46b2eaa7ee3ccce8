"""`text-replace train` and `evaluate`: making the starter models, and measuring them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .engines import EngineUse, opened
from .failures import explained
from .outputs import check_outputs, write_outputs
from .progress import counting

if TYPE_CHECKING:
    from ..evaluate.statistics import Estimate


class Task(StrEnum):
    SEGMENTER = "segmenter"
    CLIP = "clip"
    PERCEPTUAL = "perceptual"
    DENOISER = "denoiser"
    UPSCALER = "upscaler"
    PRESENCE = "presence"


class Suite(StrEnum):
    STARTER = "starter"


Art = Annotated[Path | None, typer.Option(metavar="DIR", help="The unpacked art; else npm fetches it into the cache.")]


def train(
    what: Annotated[Task, typer.Option(help="Which model; or only the presence score.")],
    art: Art = None,
    cache: Annotated[Path | None, typer.Option(metavar="DIR", help="Where art and checkpoints are kept.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.0, help="Stop after this training time.")] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Stop after this many steps; else the model's own number.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides weights and scenes.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
    export: Annotated[bool, typer.Option("--export", help="Put the result into the engine's models folder.")] = False,
) -> None:
    """Train a starter model by its recipe; goes on where it was stopped."""
    with explained():
        from ..train import run

        run(what.value, art, cache or _cache(), minutes, steps, seed, threads, export)


def evaluate(
    suite: Annotated[Suite, typer.Option(help="What to measure.")] = Suite.STARTER,
    scenes: Annotated[int, typer.Option("--scenes", "-n", min=1, help="How many unseen scenes of three objects.")] = 50,
    art: Art = None,
    cache: Annotated[Path | None, typer.Option(metavar="DIR", help="Where fetched art is kept.")] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="F.json", help="Results; an interrupted run goes on from them.")
    ] = Path("evaluation.json"),
    quick: Annotated[
        bool, typer.Option("--quick", help="The 20 scenes that come with the engine; needs no art.")
    ] = False,
    sheet: Annotated[
        Path | None, typer.Option(metavar="F.png", help="Also draw before, mask and after of some edits.")
    ] = None,
    edits: Annotated[int, typer.Option(min=1, help="How many edits the sheet shows.")] = 12,
) -> None:
    """Measure the installed models on scenes they have not seen."""
    with explained() as interrupt:
        check_outputs({"--out": out, "--sheet": sheet}, [])
        from ..evaluate.cases import Cases, ComposedCases, QuickCases
        from ..evaluate.measure import measure
        from ..evaluate.sheet import contact_sheet

        cases: Cases
        if quick:
            cases = QuickCases()
        else:
            from ..train.art import load_art

            cases = ComposedCases(load_art(art, cache or _cache()), scenes)
        with opened(EngineUse.NEVER) as engine:
            with counting("asking about scenes", len(cases)) as on_case:
                name = "quick" if quick else suite.value
                summary = measure(engine, cases, out, name, on_case, interrupt.is_set)
            _print(summary)
            if sheet is not None:
                with counting("painting", edits) as on_edit:
                    picture = contact_sheet(engine, cases, edits, on_edit, interrupt.is_set)
                packed = io.BytesIO()
                picture.save(packed, "PNG")
                write_outputs({sheet: packed.getvalue()})


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("text-replace")


def _print(summary: Mapping[str, Estimate]) -> None:
    from rich.console import Console
    from rich.table import Table

    from ..evaluate.measure import BARS

    table = Table("", "value", "95 % interval", "cases", "version 0 needs", box=None, pad_edge=False)
    for name, each in summary.items():
        bar = BARS.get(name)
        needs = "" if bar is None else f"{bar:.2f} {'yes' if each.value >= bar else 'NO'}"
        table.add_row(name, f"{each.value:.3f}", f"{each.low:.3f} – {each.high:.3f}", str(each.count), needs)
    Console(highlight=False).print(table)
