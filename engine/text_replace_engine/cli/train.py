"""`text-replace train`: making the starter models."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from text_replace_engine.cli.failures import explained
from text_replace_engine.cli.lab import ArtOption, OutsideOption, lab
from text_replace_engine.models.files import cache_folder


class Trainable(StrEnum):
    SEGMENTER = "segmenter"
    CLIP = "clip"
    PERCEPTUAL = "perceptual"
    DENOISER = "denoiser"
    UPSCALER = "upscaler"
    DETAIL = "detail"
    PAINTERS = "painters"
    PRESENCE = "presence"
    STYLE = "style"
    CLASSIFIER = "classifier"
    READER = "reader"
    SHAPES = "shapes"


def train(
    what: Annotated[
        Trainable, typer.Option(help="Which model; “painters”: detail, then denoiser; or only the presence score.")
    ],
    art: ArtOption = None,
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
    outside: OutsideOption = None,
) -> None:
    """Train a starter model by its recipe; goes on where it was stopped."""
    with explained():
        lab("train").run(what.value, art, cache or cache_folder(), minutes, steps, seed, threads, export, into, outside)
