"""`text-replace train` and `evaluate`: making the starter models, and measuring them."""

from __future__ import annotations

import importlib
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from text_replace_engine import memory_limits
from text_replace_engine.cli.engine_use import own_engine
from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.outputs import check_outputs, write_outputs
from text_replace_engine.cli.progress import counting
from text_replace_engine.models.files import cache_folder
from text_replace_wire.errors import UserError


class Trainable(StrEnum):
    SEGMENTER = "segmenter"
    CLIP = "clip"
    PERCEPTUAL = "perceptual"
    DENOISER = "denoiser"
    DETAIL = "detail"
    PAINTERS = "painters"
    PRESENCE = "presence"
    STYLE = "style"
    CLASSIFIER = "classifier"
    READER = "reader"


class Suite(StrEnum):
    STARTER = "starter"
    REMNANTS = "remnants"
    CUTOUTS = "cutouts"
    COLOURS = "colours"
    SEVERAL = "several"
    INSTANCES = "instances"
    WORDINGS = "wordings"


Art = Annotated[Path | None, typer.Option(metavar="DIR", help="The unpacked art; else npm fetches it into the cache.")]
Outside = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Photographs, scans and screenshots, which are not in the starter's style."),
]


def train(
    what: Annotated[
        Trainable, typer.Option(help="Which model; “painters”: detail, then denoiser; or only the presence score.")
    ],
    art: Art = None,
    cache: Annotated[Path | None, typer.Option(metavar="DIR", help="Where art and checkpoints are kept.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.0, help="Stop after this training time.")] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Stop after this many steps; else the model's own number.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides weights and scenes.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
    export: Annotated[bool, typer.Option("--export", help="Put the result into the engine's models folder.")] = False,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --export: put it there instead, now and then as well.")
    ] = None,
    outside: Outside = None,
) -> None:
    """Train a starter model by its recipe; goes on where it was stopped."""
    with explained():
        _lab("train").run(
            what.value, art, cache or cache_folder(), minutes, steps, seed, threads, export, into, outside
        )


def evaluate(
    context: typer.Context,
    suite: Annotated[Suite, typer.Option(help="What to measure.")] = Suite.STARTER,
    scenes: Annotated[int, typer.Option("--scenes", "-n", min=0, help="Unseen scenes for choice and mask.")] = 500,
    edits: Annotated[int, typer.Option(min=0, help="Standard edits of random pairs.")] = 200,
    best: Annotated[int, typer.Option(min=0, help="Of those pairs, how many also by best-of-4.")] = 60,
    ablations: Annotated[int, typer.Option(min=0, help="And how many also without each loss.")] = 60,
    pairs: Annotated[
        int, typer.Option(min=0, help="Edits that a network is taught to tell from real pictures.")
    ] = 1000,
    art: Art = None,
    cache: Annotated[Path | None, typer.Option(metavar="DIR", help="Where fetched art and windows are kept.")] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="F.json", help="Results; an interrupted run goes on from them.")
    ] = Path("evaluation.json"),
    quick: Annotated[
        bool, typer.Option("--quick", help="20 choices and 12 edits on pictures that come with the engine.")
    ] = False,
    sheet: Annotated[
        Path | None, typer.Option(metavar="F.png", help="Also draw before, mask and after of 24 of the edits.")
    ] = None,
    outside: Outside = None,
) -> None:
    """Measure the starter models on pictures they have not seen. Everything takes hours on two processor cores; each
    count that is lowered makes the intervals wider.
    """
    with explained() as interrupt:
        check_outputs({"--out": out, "--sheet": sheet}, [])
        lab = _lab("evaluate.command")
        if suite in (Suite.INSTANCES, Suite.WORDINGS):
            phrases = _lab("evaluate.phrases")
            with counting() as on_case:
                typed = phrases.PhraseEvaluation(suite.value, own_engine(context), scenes, art, cache or cache_folder())
                figures = typed.figures(out, on_case, interrupt.is_set)
            lab.print_table(figures)
            return
        with counting() as on_case:
            suite_name, engine = lab.QUICK_SUITE if quick else suite.value, own_engine(context)
            evaluation = lab.Evaluation(
                suite_name, engine, scenes, edits, best, ablations, pairs, art, cache or cache_folder(), outside
            )
            figures = evaluation.figures(out, on_case, interrupt.is_set)
            if sheet is not None:
                write_outputs({sheet: evaluation.sheet(on_case, interrupt.is_set)})
        lab.print_table(figures)


def _lab(room: str) -> ModuleType:
    """A module of lab/, by its name there: nothing else needs its libraries, so nothing imports it. Raises UserError
    where they are not installed, and OutOfMemory where the limits on memory are too low for them.
    """
    memory_limits.check()
    try:
        return importlib.import_module(f"text_replace_engine.lab.{room}")
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing in ("", "text_replace_engine", "text_replace_wire"):
            raise
        raise UserError(
            f"This command needs “{missing}”, which is not installed: run install/setup again, or install the extra "
            "“lab” from a clone of Text Replace (pip install '.[lab]')."
        ) from error
