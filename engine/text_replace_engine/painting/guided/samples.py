"""Edit: every sample of every part, and the best one again, finer, where a part is much larger than the network."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from statistics import mean

import torch
from torch import Tensor

from text_replace_engine.models.bundle import Models
from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.guided.paint import Finished, Task, paint, refine
from text_replace_engine.painting.guided.sampling.guidance import Losses
from text_replace_engine.painting.guided.sampling.presets import Settings
from text_replace_engine.painting.guided.sampling.sampler import Step
from text_replace_wire.geometry import Box

_SEEDS = 2**31


@dataclass(frozen=True)
class Painted:
    """One sample: x_0 (1, 3, h, w) in [0, 1] of every part, their mean cosine to the edit prompt, the steps' losses,
    part after part, and the mean squared difference of x_0 from the picture outside the region.

    Cosine and difference are from before a part was painted again, so that samples can be compared.
    """

    images: tuple[Tensor, ...]
    seed: int
    clip: float
    losses: tuple[Losses, ...]
    background_error: float


@dataclass(frozen=True)
class Samples:
    """Every sample, best first. kept_at: the step of the whole edit after which it was ended early."""

    painted: tuple[Painted, ...]
    kept_at: int | None


@dataclass(frozen=True)
class EditStep:
    """Progress over all samples and parts. denoised: x̂0 in [0, 1], inside `area` of the image.

    part_index: number of this step among those of its part, from 0.
    """

    index: int
    total: int
    part_index: int
    denoised: Tensor
    area: Box


@dataclass
class _Progress:
    """Steps so far, and how many there will be, with those that paint `again`; enough: the user keeps what there is."""

    again: int
    keep_at: int | None
    done: int = 0
    total: int = 0
    enough: bool = False

    def next(self, step: Step, area: Box, seeds: int) -> EditStep:
        self.done += seeds
        return EditStep(self.done, self.total, step.index, step.denoised[:1], area)

    def answered(self, kept: bool) -> None:
        self.enough = self.enough or kept or (self.keep_at is not None and self.done >= self.keep_at)


def edit(
    image: Tensor,
    parts: Sequence[Part],
    prompt: str,
    settings: Settings,
    seed: int,
    models: Models,
    grey: bool,
    keep_at: int | None,
    batch: int = 1,
) -> Generator[EditStep, bool | None, Samples]:
    """Paint `prompt` into every part of an RGB image (1, 3, h, w) in [0, 1].

    Sample i uses seed + i, wrapped at 2³¹; `batch` of them are painted at once. grey: the results are grey too. The
    best sample's parts that have a finer shape are painted again. Sent True, or after step `keep_at`, it ends as soon
    as every part of the running samples has taken equally many steps: their x̂0 is those samples' result, and no
    further one is begun; what is being painted again ends at once.
    """
    with torch.inference_mode():
        target = models.clip.encode_text([prompt])
    task = Task(image, target.clone(), settings, models, grey)
    again = settings.finer.steps * sum(part.fine is not None for part in parts)
    progress = _Progress(again, keep_at)
    early = False
    painted: list[Painted] = []
    while len(painted) < settings.samples and not progress.enough:
        seeds = [(seed + each) % _SEEDS for each in range(len(painted), min(settings.samples, len(painted) + batch))]
        finished = yield from _parts(task, parts, seeds, progress)
        early = early or any(each.early for each in finished)
        painted += [_painted(finished, number, each) for number, each in enumerate(seeds)]
    best, *others = sorted(painted, key=lambda each: -each.clip)
    early = early or len(painted) < settings.samples or (again > 0 and progress.enough)
    if again and not early:
        best, early = yield from _again(task, parts, best, progress)
    return Samples((best, *others), progress.done if early else None)


def class_of(prompt: str, models: Models) -> str | None:
    """The class that a class-conditional network is told for `prompt`; None where the network has no classes."""
    classes = models.denoiser.classes
    if classes is None:
        return None
    with torch.inference_mode():
        return classes.names[int(classes.nearest(models.clip.encode_text([prompt])))]


def _parts(
    task: Task, parts: Sequence[Part], seeds: Sequence[int], progress: _Progress
) -> Generator[EditStep, bool | None, list[Finished]]:
    """Every part of the samples of these seeds; in turn, so that an early end finds all parts equally far."""
    runs = [paint(task, part, seeds) for part in parts]
    finished: list[Finished] = []
    while not finished:
        ending, kept = progress.enough or None, False
        for part, run in zip(parts, runs, strict=True):
            try:
                step = run.send(ending)
            except StopIteration as end:
                finished.append(end.value)
                continue
            progress.total = step.total * len(parts) * task.settings.samples + progress.again
            kept = bool((yield progress.next(step, part.area, len(seeds)))) or kept
        progress.answered(kept)
    return finished


def _again(
    task: Task, parts: Sequence[Part], painted: Painted, progress: _Progress
) -> Generator[EditStep, bool | None, tuple[Painted, bool]]:
    """A sample with its parts of a finer shape painted again, and whether that was ended early."""
    images, losses = list(painted.images), list(painted.losses)
    early = False
    for number, part in enumerate(parts):
        if part.fine is None or early:
            continue
        run = refine(task, part, part.fine, images[number], painted.seed)
        finished: Finished | None = None
        while finished is None:
            try:
                step = run.send(progress.enough or None)
            except StopIteration as end:
                finished = end.value
            else:
                progress.answered(bool((yield progress.next(step, part.area, 1))))
        images[number] = finished.images
        losses += [step[0] for step in finished.losses]
        early = progress.done < progress.total and progress.enough
    return dataclasses.replace(painted, images=tuple(images), losses=tuple(losses)), early


def _painted(parts: Sequence[Finished], number: int, seed: int) -> Painted:
    """Sample `number` of a batch."""
    images = tuple(part.images[number : number + 1] for part in parts)
    losses = tuple(step[number] for part in parts for step in part.losses)
    score = mean(part.clips[number] for part in parts)
    return Painted(images, seed, score, losses, mean(part.background_errors[number] for part in parts))
