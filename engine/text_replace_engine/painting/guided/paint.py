"""Paint: one part by guided diffusion at the network's size (paper, section 3.2), and its refinement, in tiles."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import overload

import torch
from torch import Tensor

from text_replace_engine.models.bundle import Models
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.detail import Detail
from text_replace_engine.models.networks.perceptual import DistanceFromOne, Perceptual
from text_replace_engine.models.networks.shapes import Shapes
from text_replace_engine.models.networks.upscaler import Upscaler
from text_replace_engine.painting.areas import Part, Shape
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.guided.sampling.guidance import Denoise, Guidance, Losses, Prediction
from text_replace_engine.painting.guided.sampling.presets import PresetSettings
from text_replace_engine.painting.guided.sampling.sampler import Shaped, Step, sample
from text_replace_engine.painting.guided.sampling.tiles import tiled
from text_replace_engine.painting.guided.shaping import Shaping, showing
from text_replace_engine.painting.tiles import cut, tiles_over
from text_replace_engine.painting.upscale import upscale
from text_replace_engine.steps import relayed, until
from text_replace_engine.tensors import crop, in_grey, resample, signed, unsigned

#: How many times finer than the painting the outline of a known shape is.
_FINER = 4


@dataclass(frozen=True)
class GuidedNetworks:
    """What guided diffusion paints with. detail: in the upscaler's place, where there is one; shapes: of all that the
    denoiser has learnt to paint.
    """

    denoiser: Denoiser
    clip: Clip
    perceptual: Perceptual
    upscaler: Upscaler | None
    detail: Detail | None = None
    shapes: Shapes | None = None

    @classmethod
    def of(cls, models: Models) -> GuidedNetworks:
        """Those of loaded models."""
        return cls(
            models.denoiser, models.clip, models.perceptual, models.upscaler, detail=models.detail, shapes=models.shapes
        )


@dataclass(frozen=True)
class PaintTask:
    """What all parts of an object share. image: RGB (1, 3, h, w) in [0, 1]; text: e; target: CLIP(e), (1, d), a unit
    vector; grey: what comes of it is shown and kept as its luma. It is painted in colour all the same, which the
    network knows best: of 272 offline paintings in grey pictures the judge is sure of 81 %, of 71 % where every step is
    made grey.
    """

    image: Tensor
    text: str
    target: Tensor
    settings: PresetSettings
    networks: GuidedNetworks
    grey: bool


@dataclass(frozen=True)
class PartStep:
    """One step of a part, of every sample of a batch. picture: x̂0 (n, 3, h, w) in [0, 1] inside the region, with the
    original around it.
    """

    index: int
    total: int
    picture: Tensor


@dataclass(frozen=True)
class PaintedPart:
    """One part, of every sample of a batch. images: x_0 (n, 3, h, w) in [0, 1]; views: the same with the original
    around it; losses: of each step, of every sample; shown: where the known shape is, (n, 1, H, W) in [0, 1], finer
    than the images, nowhere in a sample that does not show it; None: the shape is not known.
    """

    images: Tensor
    views: Tensor
    losses: list[tuple[Losses, ...]]
    background_errors: list[float]
    shown: Tensor | None


@dataclass(frozen=True)
class _View:
    """A part at one size: the original (1, 3, h, w) in [-1, 1] and m (1, 1, h, w) in [0, 1]."""

    original: Tensor
    mask: Tensor

    def pasted(self, result: Tensor) -> Tensor:
        """A result (n, 3, h, w) in [0, 1], with the original outside m."""
        return result * self.mask + unsigned(self.original) * (1 - self.mask)


def paint(task: PaintTask, part: Part, seeds: Sequence[int], course: Course) -> Generator[PartStep, None, PaintedPart]:
    """Paint one part; as soon as `course` says that it is enough, x̂0 is the result."""
    settings, network, shapes = task.settings, task.networks.denoiser, task.networks.shapes
    view = _view(task, part, part.shape)
    informed = network.sees_surroundings and settings.prompted
    shaping = None
    if not informed:
        settings = dataclasses.replace(settings, restarts=())
    elif shapes is not None and settings.shaped > 0:
        settings = dataclasses.replace(settings, restarts=(settings.shaped,))
        # What lies outside of the picture is not seen.
        room = view.mask * _inside(part, task.image)
        shaping = Shaping(shapes.nearest(task.target), view.original, room, task.grey)
    from_noise = settings.from_noise
    if from_noise is None:
        from_noise = informed or not settings.blended
    return _run(task, settings, view, _denoiser(task, view), seeds, from_noise, None, course, shaping)


def refine(
    task: PaintTask, part: Part, shape: Shape, painted: Tensor, seed: int, course: Course
) -> Generator[PartStep, None, PaintedPart]:
    """Paint a part a second time, at `shape`, from what was painted (1, 3, h, w) in [0, 1], in tiles of the size it was
    painted at; see `paint`.
    """
    view = _view(task, part, shape)
    start = signed(view.pasted(upscale(painted, shape, task.networks.upscaler)))
    tiles = tiles_over(view.mask, part.shape)
    denoise = tiled(
        [(tile, _denoiser(task, _View(cut(view.original, tile), cut(view.mask, tile)))) for tile in tiles],
        view.original,
    )
    return _run(task, task.settings.refinement, view, denoise, [seed], False, start, course)


def _view(task: PaintTask, part: Part, shape: Shape) -> _View:
    original = signed(resample(crop(task.image, part.area), shape))
    return _View(original, resample(crop(part.region, part.area), shape))


def _inside(part: Part, image: Tensor) -> Tensor:
    """At a part's size (1, 1, h, w): 1 where its area lies in the picture, else 0."""
    high, wide = image.shape[-2:]
    (height, width), area = part.shape, part.area
    y = area.y0 + (torch.arange(height, device=image.device) + 0.5) * area.height / height
    x = area.x0 + (torch.arange(width, device=image.device) + 0.5) * area.width / width
    return (((y > 0) & (y < high))[:, None] & ((x > 0) & (x < wide))[None])[None, None].to(image)


def _run(
    task: PaintTask,
    settings: PresetSettings,
    view: _View,
    denoise: Denoise,
    seeds: Sequence[int],
    from_noise: bool,
    start: Tensor | None,
    course: Course,
    shaping: Shaping | None = None,
) -> Generator[PartStep, None, PaintedPart]:
    networks = task.networks
    guidance = Guidance(
        networks.clip.encode_image,
        networks.clip.image_size,
        DistanceFromOne(networks.perceptual),
        task.target,
        view.original,
        view.mask,
        settings,
    )
    seen = _unsigned_grey if task.grey else unsigned
    shown: Tensor | None = None

    def placed(x_0: Tensor) -> Shaped:
        nonlocal shown
        assert shaping is not None
        poses = shaping.poses(x_0, seeds)
        shown = shaping.shapes(poses, _FINER)[:, 3:]
        return showing(shaping.shapes(poses).to(x_0))

    shape = None if shaping is None else placed
    steps = sample(denoise, networks.denoiser.alphas_cumprod, guidance, settings, seeds, from_noise, start, shape)
    losses: list[tuple[Losses, ...]] = []
    newest = view.original

    def told(step: Step) -> PartStep:
        nonlocal newest
        losses.append(step.losses)
        newest = step.denoised
        return PartStep(step.index, step.total, view.pasted(seen(step.denoised)))

    # After the last step there is nothing left to save.
    wanted = until(steps, lambda step: course.enough and step.index + 1 < step.total)
    x_0 = yield from relayed(wanted, told)
    if x_0 is None:
        course.cut_short()
    result = seen(newest if x_0 is None else x_0)
    return PaintedPart(result, view.pasted(result), losses, _background_errors(result, view), shown)


def _denoiser(task: PaintTask, view: _View) -> Denoise:
    network, settings, target = task.networks.denoiser, task.settings, task.target
    classes = network.classes
    text = target if classes is not None or (network.takes_text and settings.prompted) else None
    sees = network.sees_surroundings and settings.prompted and settings.surroundings
    around, region = (view.original, view.mask) if sees else (None, None)

    def denoise(x_t: Tensor, t: Tensor) -> Prediction:
        n = len(x_t)
        surroundings, painted = (
            None if condition is None else condition.expand(n, -1, -1, -1) for condition in (around, region)
        )
        # No class means “no prompt”, so there is nothing to compare a class with.
        if text is None or classes is not None or settings.guidance_scale == 1:
            told = None if text is None else text.expand(n, -1)
            return Prediction(*network.predicted(x_t, t, told, surroundings, painted))
        # With and without the prompt in one batch; a zero vector is the dropped prompt.
        prompts = torch.cat([text.expand(n, -1), torch.zeros_like(text).expand(n, -1)])
        both = network.denoised(_twice(x_t), _twice(t), prompts, _twice(surroundings), _twice(painted))
        with_it, without = both.chunk(2)
        return Prediction(without + settings.guidance_scale * (with_it - without))

    return denoise


@overload
def _twice(tensor: Tensor) -> Tensor: ...
@overload
def _twice(tensor: None) -> None: ...
def _twice(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else torch.cat([tensor, tensor])


def _background_errors(result: Tensor, view: _View) -> list[float]:
    outside = 1 - view.mask
    squares = (result - unsigned(view.original)).square() * outside
    errors: list[float] = (squares.mean((1, 2, 3)) / outside.mean().clamp(min=1e-6)).tolist()
    return errors


def _unsigned_grey(image: Tensor) -> Tensor:
    """The same in grey, still of three channels."""
    return in_grey(unsigned(image))
