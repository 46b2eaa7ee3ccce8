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
from text_replace_engine.steps import relayed
from text_replace_engine.tensors import luma, resample


@dataclass(frozen=True)
class PaintTask:
    """What all parts of a painting share. image: RGB (1, 3, h, w) in [0, 1]; grey: what comes of it is shown and kept
    as its luma.
    """

    image: Tensor
    method: Method
    grey: bool


@dataclass(frozen=True)
class PartTurn:
    """A part, of every sample of a batch, gave its turn away. index: of its newest step; ended: it was one that ended,
    not a piece of it or of the autoencoder's work. picture: about what there is of the first sample, (1, 3, h, w) in
    [0, 1].
    """

    index: int
    picture: Tensor
    ended: bool = False


@dataclass(frozen=True)
class PaintedPart:
    """One part, of every sample of a batch. images: (n, 3, h, w) in [0, 1]; views: the same with the original around
    it; steps: how many were taken.
    """

    images: Tensor
    views: Tensor
    steps: int


def paint(task: PaintTask, part: Part, seeds: Sequence[int], course: Course) -> Generator[PartTurn, None, PaintedPart]:
    """Paint one part; as soon as `course` says that it is enough, x̂0 is the result."""
    view = view_of(task.image, part, task.method.autoencoder.multiple)
    picture, latents, taken = view.original, None, 0
    for step in task.method.denoised(view, seeds):
        if step is None:
            yield PartTurn(taken, picture)
            continue
        latents, taken = step.denoised, step.index + 1
        picture = view.pasted(_seen(task, resample(step.shown, part.shape)))
        yield PartTurn(step.index, picture, ended=True)
        # After the last step there is nothing left to save.
        if course.enough and taken < task.method.steps:
            course.cut_short()
            break
    assert latents is not None
    images, unknown = [], torch.maximum(view.cells, task.method.unseen(view))
    for number in range(len(seeds)):
        decoding = task.method.decoded(view, latents[number : number + 1])
        image = yield from relayed(decoding, lambda _: PartTurn(taken - 1, picture))
        images.append(_seen(task, without_tint(_seen(task, image), view.original, unknown)))
    result = torch.cat(images)
    return PaintedPart(result, view.pasted(result), taken)


def _seen(task: PaintTask, image: Tensor) -> Tensor:
    return luma(image).expand_as(image) if task.grey else image
