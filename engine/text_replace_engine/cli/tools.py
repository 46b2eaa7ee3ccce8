"""`text-replace train` and `evaluate`: making the starter models, and measuring them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from text_replace_engine.cli.engine_use import EngineUse, opened
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.outputs import check_outputs, write_outputs
from text_replace_engine.cli.progress import counting

if TYPE_CHECKING:
    from text_replace_engine.lab.evaluate.figures import Figure


class Task(StrEnum):
    SEGMENTER = "segmenter"
    CLIP = "clip"
    PERCEPTUAL = "perceptual"
    DENOISER = "denoiser"
    UPSCALER = "upscaler"
    PRESENCE = "presence"
    CLASSIFIER = "classifier"


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
        from text_replace_engine.lab.train import run

        run(what.value, art, cache or _cache(), minutes, steps, seed, threads, export)


def evaluate(
    suite: Annotated[Suite, typer.Option(help="What to measure.")] = Suite.STARTER,
    scenes: Annotated[int, typer.Option("--scenes", "-n", min=0, help="Unseen scenes for choice and mask.")] = 500,
    edits: Annotated[int, typer.Option(min=0, help="Standard edits of random pairs.")] = 200,
    best: Annotated[int, typer.Option(min=0, help="Of those pairs, how many also by best-of-4.")] = 60,
    ablations: Annotated[int, typer.Option(min=0, help="And how many also without each loss.")] = 60,
    art: Art = None,
    cache: Annotated[Path | None, typer.Option(metavar="DIR", help="Where fetched art is kept.")] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="F.json", help="Results; an interrupted run goes on from them.")
    ] = Path("evaluation.json"),
    quick: Annotated[
        bool, typer.Option("--quick", help="20 choices and 12 edits on pictures that come with the engine.")
    ] = False,
    sheet: Annotated[
        Path | None, typer.Option(metavar="F.png", help="Also draw before, mask and after of 24 of the edits.")
    ] = None,
) -> None:
    """Measure the starter models on pictures they have not seen. Everything takes hours on two processor cores; each
    count that is lowered makes the intervals wider.
    """
    with explained() as interrupt:
        check_outputs({"--out": out, "--sheet": sheet}, [])
        import torch

        from text_replace_engine.lab.evaluate.judge import Judge
        from text_replace_engine.lab.evaluate.material import ComposedMaterial, Material, QuickMaterial
        from text_replace_engine.lab.evaluate.measure import Counts, Measurement, measure
        from text_replace_engine.lab.evaluate.sheet import contact_sheet
        from text_replace_engine.models.bundle import load_models

        models, judge = load_models("starter", torch.device("cpu"), torch.float32), Judge()
        material: Material
        if quick:
            material = QuickMaterial(judge.names)
            counts = Counts(min(scenes, 20), min(edits, 12), best=0, ablations=0)
        else:
            from text_replace_engine.lab.train.art import load_art

            material = ComposedMaterial(load_art(art, cache or _cache()), judge.size)
            counts = Counts(scenes, edits, best, ablations)
        with opened(EngineUse.NEVER) as engine, counting() as on_case:
            what = Measurement("quick" if quick else suite.value, engine, models, judge, material, counts)
            figures = measure(what, out, on_case, interrupt.is_set)
            if sheet is not None:
                packed = io.BytesIO()
                contact_sheet(engine, material.edits, min(24, counts.edits), on_case, interrupt.is_set).save(
                    packed, "PNG"
                )
                write_outputs({sheet: packed.getvalue()})
        _print(figures)


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("text-replace")


def _print(figures: Sequence[Figure]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "value", "95 % interval", "cases", "needs", "", box=None, pad_edge=False)
    for each in figures:
        number = each.estimate
        answer = {True: "yes", False: "NO", None: ""}[each.passed]
        interval = "" if number.low == number.high else f"{_shown(number.low)} – {_shown(number.high)}"
        table.add_row(each.name, _shown(number.value), interval, str(number.count), each.needs, answer)
    Console(highlight=False).print(table)


def _shown(value: float) -> str:
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.0005 else f"{value:.0e}"
