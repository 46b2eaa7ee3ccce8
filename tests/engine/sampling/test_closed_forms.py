"""Guidance by the prompt, the cap on guidance, and what CLIP sees, against what they are by definition."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from tests.engine.sampling.draining import drain
from text_replace_engine.models.networks.denoiser import linear_schedule
from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.guided.paint import GuidedNetworks, PaintTask, paint
from text_replace_engine.painting.guided.sampling.guidance import Guidance, Prediction
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings, Sampler
from text_replace_engine.painting.guided.sampling.sampler import sample
from text_replace_engine.steps import finished
from text_replace_wire.geometry import Box

SIDE = 16
ALPHAS = linear_schedule()
PROMPT = torch.tensor([[0.6, 0.8, 0.0]])
UNGUIDED = {"lambda_clip": 0.0, "lambda_lpips": 0.0, "lambda_l2": 0.0, "cutouts": (1, 1)}


def mean_colour(image: Tensor) -> Tensor:
    """A stand-in CLIP."""
    return torch.nn.functional.normalize(image.mean((2, 3)), dim=1)


def no_distance(x: Tensor, y: Tensor) -> Tensor:
    """A stand-in LPIPS."""
    return 0 * (x - y).mean((1, 2, 3))


class Told:
    """A stand-in denoiser: x̂0 is 0.2 without the prompt and 0.4 with it, in every pixel."""

    classes = None
    takes_text = True
    sees_surroundings = True
    alphas_cumprod = ALPHAS

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def predicted(
        self, x_t: Tensor, t: Tensor, text: Tensor | None, surroundings: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        self.asked.append(tuple(x_t.shape))
        known = x_t.new_zeros(len(x_t), 3) if text is None else text
        answer = torch.where(known.norm(dim=1) > 0, 0.4, 0.2).view(-1, 1, 1, 1)
        return 0 * x_t + answer, None

    def denoised(
        self, x_t: Tensor, t: Tensor, text: Tensor | None, surroundings: Tensor | None, mask: Tensor | None
    ) -> Tensor:
        return self.predicted(x_t, t, text, surroundings, mask)[0]


def painted(settings: PresetSettings) -> tuple[Tensor, Told]:
    """x_0 of one step by the stand-in, in [-1, 1], and the stand-in."""
    denoiser = Told()
    clip = SimpleNamespace(encode_image=mean_colour, image_size=SIDE)
    perceptual = SimpleNamespace(seen=lambda y: y, distance_from=no_distance)
    networks = GuidedNetworks(denoiser, clip, perceptual, None)  # type: ignore[arg-type]
    settings = dataclasses.replace(settings, **UNGUIDED, grid=1, skipped=0)  # type: ignore[arg-type]
    task = PaintTask(torch.full((1, 3, SIDE, SIDE), 0.5), "", PROMPT, settings, networks, grey=False)
    part = Part(torch.ones(1, 1, SIDE, SIDE), Box(0, 0, SIDE, SIDE), (SIDE, SIDE))
    return finished(paint(task, part, [1, 2], Course())).images * 2 - 1, denoiser


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.5, 3.5])
def test_classifier_free_guidance(scale: float) -> None:
    """x̂0 is what the network says without the prompt, moved towards (or beyond) what it says with it by the scale."""
    x_0, denoiser = painted(dataclasses.replace(PRESETS[Preset.STANDARD], guidance_scale=scale, restarts=()))
    assert torch.allclose(x_0, torch.tensor(0.2 + scale * (0.4 - 0.2)), atol=1e-6)
    assert denoiser.asked == [(4, 3, SIDE, SIDE)]


def test_no_classifier_free_guidance_costs_one_answer() -> None:
    """With a scale of 1 the network is asked once, with the prompt; a preset without a prompt asks without."""
    x_0, denoiser = painted(dataclasses.replace(PRESETS[Preset.STANDARD], guidance_scale=1.0, restarts=()))
    assert torch.allclose(x_0, torch.tensor(0.4), atol=1e-6)
    assert denoiser.asked == [(2, 3, SIDE, SIDE)]
    x_0, denoiser = painted(PRESETS[Preset.PAPER])
    assert torch.allclose(x_0, torch.tensor(0.2), atol=1e-6)
    assert denoiser.asked == [(2, 3, SIDE, SIDE)]


#: ᾱ of the first of two steps, and of the second.
ALPHA_BAR, FOLLOWING = 0.5, 0.8
#: Of the guided step; the first sample is above it, the second below.
CAP = 0.01
#: ∇L by x̂0 of two samples: of a root mean square of 1, and of a thousandth.
_PATTERN = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
GRADIENT = torch.cat([_PATTERN, 1e-3 * _PATTERN]) / _PATTERN.square().mean().sqrt()


def first_step(sampler: Sampler, norm_cap: float | None, weight: float) -> tuple[Tensor, Tensor]:
    """x̂0 after the first of two steps, and the x_t that follows, of two samples. weight: the λ of a loss whose gradient
    by x̂0 is GRADIENT.
    """
    settings = dataclasses.replace(
        PRESETS[Preset.PAPER],
        sampler=sampler,
        grid=2,
        guided=0.5,
        lambda_clip=0.0,
        lambda_lpips=weight,
        lambda_l2=0.0,
        norm_cap=norm_cap,
        full_gradient=False,
    )
    seen: list[Tensor] = []

    def denoise(x_t: Tensor, t: Tensor) -> Prediction:
        seen.append(x_t)
        return Prediction(0.1 * x_t)

    def linear(found: Tensor, given: Tensor) -> Tensor:
        return (found * GRADIENT).sum((1, 2, 3))

    original, nothing = torch.zeros(1, 3, SIDE, SIDE), torch.zeros(1, 1, SIDE, SIDE)
    guidance = Guidance(mean_colour, SIDE, linear, PROMPT, original, nothing, settings)
    _, steps = drain(sample(denoise, torch.tensor([FOLLOWING, ALPHA_BAR]), guidance, settings, [3, 4], True))
    return steps[0].denoised, seen[1]


def capped(shift: Tensor, cap: float | None) -> Tensor:
    """Every sample's shift, shortened to a root mean square of `cap` where it is longer."""
    lengths = [float(one.square().mean().sqrt()) for one in shift]
    return torch.stack(
        [one * (1.0 if cap is None else min(1.0, cap / length)) for one, length in zip(shift, lengths, strict=True)]
    )


@pytest.mark.parametrize("sampler", list(Sampler))
@pytest.mark.parametrize("norm_cap", [CAP, None])
def test_norm_cap(sampler: Sampler, norm_cap: float | None) -> None:
    """Guidance moves x̂0 by (1−ᾱ)/√ᾱ·∇L in DDIM and the mean by Σ∇L in DDPM, but no farther than the cap, each sample
    for itself.
    """
    # The gradient stops at x̂0 and is scaled by √ᾱ.
    gradient = math.sqrt(ALPHA_BAR) * 0.3 * GRADIENT
    guided, unguided = (first_step(sampler, norm_cap, weight) for weight in (0.3, 0.0))
    if sampler is Sampler.DDIM:
        moved = guided[0] - unguided[0]
        shift = (1 - ALPHA_BAR) / math.sqrt(ALPHA_BAR) * gradient
    else:
        moved = guided[1] - unguided[1]
        shift = (1 - ALPHA_BAR / FOLLOWING) * (1 - FOLLOWING) / (1 - ALPHA_BAR) * gradient
    lengths = [float(one.square().mean().sqrt()) for one in shift]
    assert lengths[0] > 2 * CAP > CAP > 2 * lengths[1] > 0, "a comparison of nothing"
    assert torch.allclose(moved, -capped(shift, norm_cap), atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize(("preset", "around_is_original"), [(Preset.STANDARD, True), (Preset.PAPER, False)])
def test_what_clip_sees_around_the_object(preset: Preset, around_is_original: bool) -> None:
    """The original where blending will keep it, black as published where nothing is blended; x̂0 inside, both in
    [0, 1].
    """
    shown: list[Tensor] = []

    def watched(image: Tensor) -> Tensor:
        shown.append(image)
        return mean_colour(image)

    rng = torch.Generator().manual_seed(1)
    original, denoised = (torch.rand(1, 3, SIDE, SIDE, generator=rng) * 2 - 1 for _ in range(2))
    mask = torch.zeros(1, 1, SIDE, SIDE)
    mask[..., 4:12, 4:12] = 1
    guidance = Guidance(watched, SIDE, no_distance, PROMPT, original, mask, PRESETS[preset])
    guidance.losses(denoised, 1, [torch.Generator()])
    inside = mask.expand_as(original) == 1
    around = (original + 1) / 2 if around_is_original else torch.zeros_like(original)
    assert torch.allclose(shown[0][inside], ((denoised + 1) / 2)[inside], atol=1e-6)
    assert torch.allclose(shown[0][~inside], around[~inside], atol=1e-6)
