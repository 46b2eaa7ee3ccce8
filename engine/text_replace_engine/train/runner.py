"""Picks a training task and runs it."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import torch

from text_replace_engine.train.art import Art, load_art
from text_replace_engine.train.calibrate import recalibrate
from text_replace_engine.train.clip import ClipTask
from text_replace_engine.train.denoiser import DenoiserTask
from text_replace_engine.train.loop import Schedule, Task, fit
from text_replace_engine.train.perceptual import PerceptualTask
from text_replace_engine.train.segmenter import SegmenterTask
from text_replace_engine.train.upscaler import UpscalerTask

_TASKS: dict[str, Callable[[Art, int], Task]] = {
    "segmenter": SegmenterTask,
    "perceptual": PerceptualTask,
    "denoiser": DenoiserTask,
    "upscaler": UpscalerTask,
}
PRESENCE = "presence"
TASKS = ("clip", *_TASKS, PRESENCE)


def run(
    what: str,
    art: Path | None,
    cache: Path,
    minutes: float | None,
    steps: int | None,
    seed: int,
    threads: int,
    export: bool,
) -> None:
    """Train one of TASKS, going on from `cache`; `export` also writes into the models folder.

    `art` is a folder of pictures (None: npm). `minutes` counts training time, over interruptions; `steps` None means
    the task's own number. "presence" only fits the presence score again, which also follows a new matcher or segmenter.
    Raises ModelMissing when the art or a network that the task builds on is absent.
    """
    torch.set_num_threads(threads)
    pictures = load_art(art, cache)
    if what != PRESENCE:
        task = _task(what, pictures, cache, seed)
        fit(task, Schedule(steps or task.steps, minutes), cache, seed, export)
    if export and what in ("clip", "segmenter", PRESENCE):
        recalibrate(pictures, seed)


def _task(what: str, art: Art, cache: Path, seed: int) -> Task:
    if what == "clip":
        return ClipTask(art, cache, seed)
    return _TASKS[what](art, seed)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """The command line of `python -m text_replace_engine.train`; SIGTERM and SIGINT save before they end it."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    parser = argparse.ArgumentParser()
    parser.add_argument("--what", choices=TASKS, required=True)
    parser.add_argument("--art", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--export", action="store_true")
    options = parser.parse_args()
    run(**vars(options))
