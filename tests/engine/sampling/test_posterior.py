"""DDPM's step against the posterior of two Gaussians, which Bayes' rule gives without the sampler's formulas."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from tests.engine.sampling.draining import drain
from text_replace_engine.painting.guided.sampling.guidance import Guidance, Prediction
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset
from text_replace_engine.painting.guided.sampling.sampler import sample

SIDE = 8
#: ᾱ of the timesteps of a grid of three, the noisiest first.
ALPHA_BARS = (0.2, 0.5, 0.9)
SEED = 5
#: ∇L by x̂0, before the √ᾱ by which it is scaled.
GRADIENT = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def steps(v: float | None, weight: float = 0.0) -> tuple[list[Tensor], Tensor]:
    """x_t as the denoiser saw it in each of three steps, and x_0 before it is clamped: x̂0 is 0.1·x_t, v what it has
    learnt of its variance. weight: of a loss whose gradient is GRADIENT.
    """
    settings = dataclasses.replace(
        PRESETS[Preset.PAPER],
        grid=len(ALPHA_BARS),
        lambda_clip=0.0,
        lambda_lpips=weight,
        lambda_l2=0.0,
        full_gradient=False,
    )
    seen: list[Tensor] = []

    def denoise(x_t: Tensor, t: Tensor) -> Prediction:
        seen.append(x_t)
        return Prediction(0.1 * x_t, None if v is None else torch.full_like(x_t, v))

    def encode(image: Tensor) -> Tensor:
        return torch.nn.functional.normalize(image.mean((2, 3)), dim=1)

    def linear(found: Tensor, given: Tensor) -> Tensor:
        return (found * GRADIENT).sum((1, 2, 3))

    original, nothing = torch.zeros(1, 3, SIDE, SIDE), torch.zeros(1, 1, SIDE, SIDE)
    guidance = Guidance(encode, SIDE, linear, torch.eye(3)[:1], original, nothing, settings)
    x_0, _ = drain(sample(denoise, torch.tensor(ALPHA_BARS[::-1]), guidance, settings, [SEED], True))
    return seen, x_0


def posterior(x_t: Tensor, step: int) -> tuple[Tensor, float]:
    """Mean and variance of x_s given x_t and x_0: of N(√ᾱ_s·x_0, 1 − ᾱ_s), of which x_t is a noisy measurement."""
    alpha_bar, following = ALPHA_BARS[step], ALPHA_BARS[step + 1]
    decay, noise = math.sqrt(alpha_bar / following), 1 - alpha_bar / following
    precision = 1 / (1 - following) + decay**2 / noise
    mean = (math.sqrt(following) * 0.1 * x_t / (1 - following) + decay * x_t / noise) / precision
    return mean, 1 / precision


def variance(step: int, v: float | None) -> float:
    """Of a step: a share of the way from the posterior's to β, in logarithms."""
    beta = 1 - ALPHA_BARS[step] / ALPHA_BARS[step + 1]
    share = 0.0 if v is None else (v + 1) / 2
    return math.exp(share * math.log(beta) + (1 - share) * math.log(posterior(torch.zeros(1), step)[1]))


@pytest.mark.parametrize("v", [None, -1.0, -0.4, 0.0, 0.6, 1.0])
def test_a_step_samples_the_posterior(v: float | None) -> None:
    """Its mean, and the seed's next noise times the square root of the variance; the last step is x̂0 without noise."""
    seen, x_0 = steps(v)
    rng = torch.Generator().manual_seed(SEED)
    first, second, third = (torch.randn(1, 3, SIDE, SIDE, generator=rng) for _ in range(3))
    assert torch.equal(seen[0], first)
    for step, noise in ((0, second), (1, third)):
        expected = posterior(seen[step], step)[0] + math.sqrt(variance(step, v)) * noise
        assert torch.allclose(seen[step + 1], expected, atol=1e-5)
    assert torch.allclose(x_0, (0.1 * seen[2]).clamp(-1, 1), atol=1e-6)


@pytest.mark.parametrize("v", [None, 0.6])
def test_guidance_shifts_the_mean_by_the_variance(v: float | None) -> None:
    """By −Σ∇L in every step but the last, where β̃ is 0: there a network that has learnt its variance uses the β̃ of
    the step before, and one that has not is not guided.
    """
    unguided, _ = steps(v)
    guided, x_0 = steps(v, 0.05)
    gradient = 0.05 * math.sqrt(ALPHA_BARS[0]) * GRADIENT
    assert torch.allclose(guided[1] - unguided[1], -variance(0, v) * gradient, atol=1e-6)
    last = 0.0
    if v is not None:
        share = (v + 1) / 2
        least = posterior(torch.zeros(1), 1)[1]
        last = math.exp(share * math.log(1 - ALPHA_BARS[2]) + (1 - share) * math.log(least))
    moved = 0.1 * guided[2] - last * 0.05 * math.sqrt(ALPHA_BARS[2]) * GRADIENT
    assert torch.allclose(x_0, moved.clamp(-1, 1), atol=1e-6)
