"""Edit: guided diffusion inside m, in a square around the edit region at the network's size (paper, section 3.2)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import overload

import torch
from text_replace_wire.geometry import Box
from torch import Tensor

from .choose import square_around
from .models.bundle import Models
from .region import split
from .sampling.guidance import Denoise, Guidance, Losses
from .sampling.presets import Settings
from .sampling.sampler import Step, sample
from .tensors import bounding_box, crop, luma, resample

#: Side of the square that the network paints, as a multiple of the longer side of the edit region.
_SURROUNDINGS = 1.3
_SEEDS = 2**31


@dataclass(frozen=True)
class Part:
    """One piece of the edit: its share of the region (1, 1, h, w) and the square around it that the network paints."""

    region: Tensor
    square: Box


@dataclass(frozen=True)
class Painted:
    """One sample: x_0 (1, 3, s, s) in [0, 1] of every part, their mean cosine to the edit prompt, and the steps'
    losses.
    """

    images: tuple[Tensor, ...]
    seed: int
    clip: float
    losses: tuple[Losses, ...]
    steps: int


@dataclass(frozen=True)
class EditStep:
    """Progress over all samples and parts, with x̂0 in [0, 1]."""

    index: int
    total: int
    denoised: Tensor


@dataclass(frozen=True)
class _Finished:
    image: Tensor
    clip: float
    losses: list[Losses]


def parts_of(region: Tensor) -> list[Part]:
    """The pieces to paint, each in a square that may reach outside the image; none for an empty region."""
    parts = []
    for each in split(region):
        box = bounding_box(each, threshold=0.0)
        assert box is not None
        parts.append(Part(each, square_around(box, _SURROUNDINGS)))
    return parts


def edit(
    image: Tensor,
    parts: Sequence[Part],
    prompt: str,
    settings: Settings,
    seed: int,
    models: Models,
    working_size: int,
    grey: bool,
) -> Generator[EditStep, None, list[Painted]]:
    """Paint `prompt` into every part of an RGB image (1, 3, h, w) in [0, 1]; the value is every sample, best first.

    Sample i uses seed + i, wrapped at 2³¹. working_size: side of the painted square, a multiple of the network's own.
    grey: every step is projected to its luma.
    """
    with torch.inference_mode():
        target = models.clip.encode_text([prompt])
    target = target.clone()
    done, painted = 0, []
    for number in range(settings.samples):
        sample_seed = (seed + number) % _SEEDS
        finished = []
        for part in parts:
            steps = _paint(image, part, target, settings, sample_seed, models, working_size, grey)
            while True:
                try:
                    step = next(steps)
                except StopIteration as end:
                    finished.append(end.value)
                    break
                done += 1
                yield EditStep(done, step.total * len(parts) * settings.samples, (step.denoised + 1) / 2)
        score = sum(each.clip for each in finished) / len(finished)
        losses = tuple(loss for each in finished for loss in each.losses)
        steps_a_sample = done // (number + 1)
        painted.append(Painted(tuple(each.image for each in finished), sample_seed, score, losses, steps_a_sample))
    return sorted(painted, key=lambda each: -each.clip)


def _paint(
    image: Tensor, part: Part, target: Tensor, settings: Settings, seed: int, models: Models, side: int, grey: bool
) -> Generator[Step, None, _Finished]:
    original = resample(crop(image, part.square), (side, side)) * 2 - 1
    mask = resample(crop(part.region, part.square), (side, side))
    guidance = Guidance(
        models.clip.encode_image, models.clip.image_size, models.perceptual.distance, target, original, mask, settings
    )
    denoise = _denoiser(models, settings, target, original, mask)
    sees = models.denoiser.sees_surroundings and settings.prompted
    from_noise = sees or not settings.blended
    project = _to_luma if grey else _identity
    losses: list[Losses] = []
    steps = sample(denoise, models.denoiser.alphas_cumprod, guidance, settings, seed, from_noise, project)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            result = (end.value + 1) / 2
            return _Finished(result, _clip_score(result, original, mask, target, models), losses)
        losses.append(step.losses)
        yield step


def _denoiser(models: Models, settings: Settings, target: Tensor, original: Tensor, mask: Tensor) -> Denoise:
    network = models.denoiser
    text = target if network.takes_text and settings.prompted else None
    around, region = (original, mask) if network.sees_surroundings and settings.prompted else (None, None)

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        if text is None or settings.prompt_scale == 1:
            return network.denoised(x_t, t, text, around, region)
        # With and without the prompt in one batch; a zero vector is the dropped prompt.
        both = network.denoised(
            _twice(x_t), _twice(t), torch.cat([text, torch.zeros_like(text)]), _twice(around), _twice(region)
        )
        told, untold = both.chunk(2)
        return untold + settings.prompt_scale * (told - untold)

    return denoise


@overload
def _twice(tensor: Tensor) -> Tensor: ...
@overload
def _twice(tensor: None) -> None: ...
def _twice(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else torch.cat([tensor, tensor])


def _clip_score(result: Tensor, original: Tensor, mask: Tensor, target: Tensor, models: Models) -> float:
    pasted = result * mask + (original + 1) / 2 * (1 - mask)
    size = (models.clip.image_size, models.clip.image_size)
    with torch.inference_mode():
        return float((models.clip.encode_image(resample(pasted, size)) @ target.T).item())


def _to_luma(denoised: Tensor) -> Tensor:
    return luma(denoised).expand_as(denoised)


def _identity(denoised: Tensor) -> Tensor:
    return denoised
