"""Edit: guided diffusion inside m, in an area around the edit region at the network's size (paper, section 3.2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import overload

import torch
from text_replace_wire.geometry import Box
from torch import Tensor

from .areas import Shape, area_around, shape_of
from .models.bundle import Models
from .models.denoiser import Denoiser
from .region import split
from .sampling.guidance import Denoise, Guidance, Losses, Prediction
from .sampling.presets import Settings
from .sampling.sampler import Step, sample
from .tensors import as_square, bounding_box, crop, luma, resample

_SEEDS = 2**31


@dataclass(frozen=True)
class Part:
    """One piece of the edit: its share of the region (1, 1, h, w), the area around it that the network paints, and the
    (height, width) that it paints it at.
    """

    region: Tensor
    area: Box
    shape: Shape


@dataclass(frozen=True)
class Painted:
    """One sample: x_0 (1, 3, h, w) in [0, 1] of every part, their mean cosine to the edit prompt, the steps' losses,
    part after part, and the mean squared difference of x_0 from the picture outside the region.
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


@dataclass(frozen=True)
class _Finished:
    """One part, of every sample of a batch."""

    images: Tensor
    clips: list[float]
    losses: list[tuple[Losses, ...]]
    background_errors: list[float]
    early: bool


def parts_of(region: Tensor, network: Denoiser, working_size: int) -> list[Part]:
    """The pieces to paint, each in an area that may reach outside the image; none for an empty region.

    working_size: side of the square with as many pixels as an area is painted at, a multiple of the network's own. A
    network that has learnt from squares with their surroundings gets squares.
    """
    parts = []
    for each in split(region):
        box = bounding_box(each, threshold=0.0)
        assert box is not None
        shape = shape_of(box, working_size, network.multiple, only_squares=network.sees_surroundings)
        parts.append(Part(each, area_around(box, shape), shape))
    return parts


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

    Sample i uses seed + i, wrapped at 2³¹; `batch` of them are painted at once. grey: every step is projected to its
    luma. Sent True, or after step `keep_at`, it ends as soon as every part of the running samples has taken equally
    many steps: their x̂0 is those samples' result, and no further one is begun.
    """
    with torch.inference_mode():
        target = models.clip.encode_text([prompt])
    target = target.clone()
    done, total, early, enough = 0, 0, False, False
    painted: list[Painted] = []
    while len(painted) < settings.samples and not enough:
        seeds = [(seed + each) % _SEEDS for each in range(len(painted), min(settings.samples, len(painted) + batch))]
        runs = [_paint(image, part, target, settings, seeds, models, grey) for part in parts]
        finished: list[_Finished] = []
        while not finished:
            # In turn, so that an early end finds all parts equally far.
            kept = False
            for part, run in zip(parts, runs, strict=True):
                try:
                    step = run.send(enough or None)
                except StopIteration as end:
                    finished.append(end.value)
                    continue
                done, total = done + len(seeds), step.total * len(parts) * settings.samples
                kept = bool((yield EditStep(done, total, step.index, step.denoised[:1], part.area))) or kept
            enough = enough or kept or (keep_at is not None and done >= keep_at)
        early = early or any(each.early for each in finished)
        painted += [_painted(finished, number, each) for number, each in enumerate(seeds)]
    early = early or len(painted) < settings.samples
    return Samples(tuple(sorted(painted, key=lambda each: -each.clip)), done if early else None)


def class_of(prompt: str, models: Models) -> str | None:
    """The class that a class-conditional network is told for `prompt`; None where the network has no classes."""
    classes = models.denoiser.classes
    if classes is None:
        return None
    with torch.inference_mode():
        return classes.names[int(classes.nearest(models.clip.encode_text([prompt])))]


def _painted(parts: Sequence[_Finished], number: int, seed: int) -> Painted:
    """Sample `number` of a batch."""
    images = tuple(part.images[number : number + 1] for part in parts)
    losses = tuple(step[number] for part in parts for step in part.losses)
    score = mean(part.clips[number] for part in parts)
    return Painted(images, seed, score, losses, mean(part.background_errors[number] for part in parts))


def _paint(
    image: Tensor,
    part: Part,
    target: Tensor,
    settings: Settings,
    seeds: Sequence[int],
    models: Models,
    grey: bool,
) -> Generator[Step, bool | None, _Finished]:
    """The steps of one part, with x̂0 in [0, 1] inside the region and the original around it; ends early when sent
    True.
    """
    original = resample(crop(image, part.area), part.shape) * 2 - 1
    mask = resample(crop(part.region, part.area), part.shape)
    guidance = Guidance(
        models.clip.encode_image, models.clip.image_size, models.perceptual.distance, target, original, mask, settings
    )
    denoise = _denoiser(models, settings, target, original, mask)
    from_noise = settings.from_noise
    if from_noise is None:
        from_noise = (models.denoiser.sees_surroundings and settings.prompted) or not settings.blended
    project = _to_luma if grey else _identity
    losses: list[tuple[Losses, ...]] = []
    steps = sample(denoise, models.denoiser.alphas_cumprod, guidance, settings, seeds, from_noise, project)
    early = False
    while not early:
        try:
            step = next(steps)
        except StopIteration as end:
            result = (end.value + 1) / 2
            break
        losses.append(step.losses)
        result = (step.denoised + 1) / 2
        shown = dataclasses.replace(step, denoised=_pasted(result, original, mask))
        # After the last step there is nothing left to save.
        early = bool((yield shown)) and step.index + 1 < step.total
    clips = _clip_scores(_pasted(result, original, mask), target, models)
    return _Finished(result, clips, losses, _background_errors(result, original, mask), early)


def _denoiser(models: Models, settings: Settings, target: Tensor, original: Tensor, mask: Tensor) -> Denoise:
    network = models.denoiser
    classes = network.classes
    text = target if classes is not None or (network.takes_text and settings.prompted) else None
    around, region = (original, mask) if network.sees_surroundings and settings.prompted else (None, None)

    def denoise(x_t: Tensor, t: Tensor) -> Prediction:
        n = len(x_t)
        surroundings, painted = (None if each is None else each.expand(n, -1, -1, -1) for each in (around, region))
        # No class means “no prompt”, so there is nothing to compare a class with.
        if text is None or classes is not None or settings.prompt_scale == 1:
            told = None if text is None else text.expand(n, -1)
            return Prediction(*network.predicted(x_t, t, told, surroundings, painted))
        # With and without the prompt in one batch; a zero vector is the dropped prompt.
        prompts = torch.cat([text.expand(n, -1), torch.zeros_like(text).expand(n, -1)])
        both = network.denoised(_twice(x_t), _twice(t), prompts, _twice(surroundings), _twice(painted))
        with_it, without = both.chunk(2)
        return Prediction(without + settings.prompt_scale * (with_it - without))

    return denoise


@overload
def _twice(tensor: Tensor) -> Tensor: ...
@overload
def _twice(tensor: None) -> None: ...
def _twice(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else torch.cat([tensor, tensor])


def _pasted(result: Tensor, original: Tensor, mask: Tensor) -> Tensor:
    return result * mask + (original + 1) / 2 * (1 - mask)


def _background_errors(result: Tensor, original: Tensor, mask: Tensor) -> list[float]:
    outside = 1 - mask
    squares = (result - (original + 1) / 2).square() * outside
    errors: list[float] = (squares.mean((1, 2, 3)) / outside.mean().clamp(min=1e-6)).tolist()
    return errors


def _clip_scores(pasted: Tensor, target: Tensor, models: Models) -> list[float]:
    size = (models.clip.image_size, models.clip.image_size)
    with torch.inference_mode():
        cosines: list[float] = (models.clip.encode_image(resample(as_square(pasted), size)) @ target.T)[:, 0].tolist()
    return cosines


def _to_luma(denoised: Tensor) -> Tensor:
    return luma(denoised).expand_as(denoised)


def _identity(denoised: Tensor) -> Tensor:
    return denoised
