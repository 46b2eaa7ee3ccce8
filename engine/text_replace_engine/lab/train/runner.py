"""Picks a training task and runs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import torch

from text_replace_engine import signals
from text_replace_engine.lab.train.art import Art, load_art
from text_replace_engine.lab.train.calibrate import recalibrate
from text_replace_engine.lab.train.classifier import ClassifierTask
from text_replace_engine.lab.train.clip import ClipTask
from text_replace_engine.lab.train.denoiser import DenoiserTask
from text_replace_engine.lab.train.detail import DetailTask
from text_replace_engine.lab.train.loop import Schedule, TrainingTask, fit
from text_replace_engine.lab.train.perceptual import PerceptualTask
from text_replace_engine.lab.train.reader import ReaderTask
from text_replace_engine.lab.train.segmenter import SegmenterTask
from text_replace_engine.lab.train.shapes import ShapesTask
from text_replace_engine.lab.train.style import ROLE as STYLE
from text_replace_engine.lab.train.style import fit_style
from text_replace_wire.errors import UserError

#: Those that also keep something in the cache besides their checkpoint.
_CACHING: dict[str, Callable[[Art, Path, int], TrainingTask]] = {"clip": ClipTask, "classifier": ClassifierTask}
_TASKS: dict[str, Callable[[Art, int], TrainingTask]] = {
    "segmenter": SegmenterTask,
    "perceptual": PerceptualTask,
    "denoiser": DenoiserTask,
    "detail": DetailTask,
    "reader": ReaderTask,
    "shapes": ShapesTask,
}
PRESENCE = "presence"
#: Up to version 7 of the starter models there was one.
_FORMER = "upscaler"
PAINTERS = "painters"
#: In this order, each with its share of the time.
_PAINTERS = {"detail": 0.6, "denoiser": 0.4}


def run(
    what: str,
    art: Path | None,
    cache: Path,
    minutes: float | None,
    steps: int | None,
    seed: int,
    threads: int,
    export: bool,
    into: Path | None,
    outside: Path | None,
) -> None:
    """Train one model, going on from `cache`; `export` also writes into the models folder, or into the folder `into`.

    `art` is a folder of pictures (None: npm). `minutes` counts training time, over interruptions; `steps` None means
    the task's own number. "painters" are two, one after the other, which share `minutes`. "presence" only fits the
    presence score again, which also follows a new matcher or segmenter. "style" needs `outside`, a folder of pictures
    that are in another style. Neither goes on from `cache`.
    Raises ModelMissing when the art or a network that the task builds on is absent, UserError without those pictures,
    and for a model that there is no more.
    """
    if what == _FORMER:
        raise UserError(
            "The starter models have a detail stage where they had an upscaler: train it with --what detail."
        )
    torch.set_num_threads(threads)
    pictures = load_art(art, cache)
    if what == STYLE:
        fit_style(pictures, outside, seed, export)
    elif what != PRESENCE:
        stop = Event()
        # A training ends between two steps.
        with signals.heard(lambda number, frame: stop.set()):
            for role, share in _PAINTERS.items() if what == PAINTERS else ((what, 1.0),):
                task = _task(role, pictures, cache, seed)
                schedule = Schedule(steps or task.steps, None if minutes is None else share * minutes)
                fit(task, schedule, cache, seed, (into or task.home) if export else None, stop)
        if stop.is_set():
            print(f"Stopped and saved in {cache}; the same command goes on from there.", flush=True)
            return
    if export and what in ("clip", "segmenter", PRESENCE):
        recalibrate(pictures, seed)


def _task(what: str, art: Art, cache: Path, seed: int) -> TrainingTask:
    if what in _CACHING:
        return _CACHING[what](art, cache, seed)
    return _TASKS[what](art, seed)
