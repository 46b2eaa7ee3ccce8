"""Paint: one part at the networks' size."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.crops import view_of
from text_replace_engine.painting.latent.method import Method
from text_replace_engine.painting.tint import without_tint
from text_replace_engine.tensors import in_grey, resample


@dataclass(frozen=True)
class PaintTask:
    """What all parts of a painting share. image: RGB (1, 3, h, w) in [0, 1]; grey: what comes of it is shown and kept
    as its luma.
    """

    image: Tensor
    method: Method
    grey: bool


@dataclass(frozen=True)
class PartStep:
    """One step of a part, of every sample of a batch. picture: about what there is of the first sample, (1, 3, h, w) in
    [0, 1].
    """

    index: int
    picture: Tensor


@dataclass(frozen=True)
class PaintedPart:
    """One part, of every sample of a batch. images: (n, 3, h, w) in [0, 1]; views: the same with the original around
    it; steps: how many were taken.
    """

    images: Tensor
    views: Tensor
    steps: int


def paint(task: PaintTask, part: Part, seeds: Sequence[int], course: Course) -> Generator[PartStep, None, PaintedPart]:
    """Paint one part; as soon as `course` says that it is enough, x̂0 is the result."""
    view = view_of(task.image, part, task.method.autoencoder.multiple)
    latents, taken = None, 0
    for step in task.method.denoised(view, seeds):
        latents, taken = step.denoised, step.index + 1
        yield PartStep(step.index, view.pasted(_seen(task, resample(step.shown, part.shape))))
        # After the last step there is nothing left to save.
        if course.enough and taken < task.method.steps:
            course.cut_short()
            break
    assert latents is not None
    images, unknown = [], torch.maximum(view.cells, task.method.unseen(view))
    for number in range(len(seeds)):
        image = _seen(task, task.method.decoded(view, latents[number : number + 1]))
        images.append(_seen(task, without_tint(image, view.original, unknown)))
    result = torch.cat(images)
    return PaintedPart(result, view.pasted(result), taken)


def _seen(task: PaintTask, image: Tensor) -> Tensor:
    return in_grey(image) if task.grey else image
