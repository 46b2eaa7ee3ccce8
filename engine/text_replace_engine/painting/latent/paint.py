"""Paint: one part at the networks' size, and its refinement, in tiles of that size."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from text_replace_engine.painting.areas import Part, Shape
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.autoencoder import InTiles, approximated
from text_replace_engine.painting.latent.crops import View, view_of
from text_replace_engine.painting.latent.networks import LatentNetworks
from text_replace_engine.painting.latent.presets import PresetSettings
from text_replace_engine.painting.latent.sampling import Conditions, guided, sample
from text_replace_engine.painting.tiles import cut
from text_replace_engine.painting.tint import without_tint
from text_replace_engine.painting.upscale import upscale
from text_replace_engine.steps import relayed
from text_replace_engine.tensors import luma, resample


@dataclass(frozen=True)
class PaintTask:
    """What all parts of a painting share. image: RGB (1, 3, h, w) in [0, 1]; texts: see `Conditions`; grey: what comes
    of it is shown and kept as its luma.
    """

    image: Tensor
    texts: Tensor
    settings: PresetSettings
    networks: LatentNetworks
    grey: bool


@dataclass(frozen=True)
class PartTurn:
    """A part, of every sample of a batch, gave its turn away. index: of its newest step; ended: it was one that ended,
    not a piece of it or of the autoencoder's work. picture: about what there is, (n, 3, h, w) in [0, 1].
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
    settings, view = task.settings, _view(task, part, part.shape)
    # Who asks for less strength wants it to stay like what is there.
    start = view.filled if settings.executed == settings.steps else view.original
    return _run(task, settings, view, part.shape, start, seeds, course)


def refine(
    task: PaintTask, part: Part, shape: Shape, painted: Tensor, seed: int, course: Course
) -> Generator[PartTurn, None, PaintedPart]:
    """Paint a part a second time, at `shape`, from what was painted (1, 3, h, w) in [0, 1], in tiles of the size it was
    painted at; see `paint`.
    """
    view = _view(task, part, shape)
    start = view.pasted(upscale(painted, shape, None))
    high, wide = (min(pair) for pair in zip(part.shape, shape, strict=True))
    return _run(task, task.settings.refinement, view, (high, wide), start, [seed], course)


def _view(task: PaintTask, part: Part, shape: Shape) -> View:
    return view_of(task.image, part, shape, task.networks.autoencoder.multiple)


def _run(
    task: PaintTask,
    settings: PresetSettings,
    view: View,
    tile: Shape,
    start: Tensor,
    seeds: Sequence[int],
    course: Course,
) -> Generator[PartTurn, None, PaintedPart]:
    """Paint a view from a picture of its size, in tiles of (height, width)."""
    unet, autoencoder = task.networks.unet, InTiles(task.networks.autoencoder, view.cells, tile)
    resting = PartTurn(0, view.pasted(start))
    masked = yield from relayed(autoencoder.encoded(view.masked), lambda _: resting)
    begun = yield from relayed(autoencoder.encoded(start), lambda _: resting)
    conditions = (Conditions(task.texts, cut(view.cells, box), latents) for box, latents in masked)
    predictions = [
        (box, guided(unet, told, settings.guidance_scale)) for (box, _), told in zip(masked, conditions, strict=True)
    ]
    latents, taken, picture = autoencoder.together(begun), 0, resting.picture
    for step in sample(predictions, task.networks.schedule, settings, seeds, latents):
        if step is None:
            yield PartTurn(taken, picture)
            continue
        latents, taken = step.denoised, step.index + 1
        picture = view.pasted(_seen(task, resample(approximated(latents), view.size)))
        yield PartTurn(step.index, picture, ended=True)
        # After the last step there is nothing left to save.
        if course.enough and taken < settings.executed:
            course.cut_short()
            break
    images, unknown = [], torch.maximum(view.cells, autoencoder.unseen)
    for number in range(len(seeds)):
        decoding = autoencoder.decoded(latents[number : number + 1], view.original)
        image = yield from relayed(decoding, lambda _: PartTurn(taken - 1, picture))
        images.append(_seen(task, without_tint(_seen(task, image), view.original, unknown)))
    result = torch.cat(images)
    return PaintedPart(result, view.pasted(result), taken)


def _seen(task: PaintTask, image: Tensor) -> Tensor:
    return luma(image).expand_as(image) if task.grey else image
