"""Whole trajectories of the sampler against diffusers' schedulers, with the same denoiser and the same noise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.sampling.draining import drain
from text_replace_engine.painting.guided.sampling.guidance import Guidance, Prediction
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, Sampler
from text_replace_engine.painting.guided.sampling.sampler import sample

pytestmark = pytest.mark.slow

SIDE, STEPS, SEED = 8, 12, 7


def denoised(x_t: Tensor) -> Tensor:
    """Some x̂0 in [-1, 1] that depends on x_t."""
    return torch.tanh(0.6 * x_t + 0.1)


def ours(alphas: Tensor, sampler: Sampler, eta: float) -> list[Tensor]:
    """x_t as the denoiser saw it in every step."""
    settings = dataclasses.replace(
        PRESETS[Preset.PAPER],
        sampler=sampler,
        eta=eta,
        grid=STEPS,
        lambda_clip=0.0,
        lambda_lpips=0.0,
        lambda_l2=0.0,
        full_gradient=False,
    )
    seen: list[Tensor] = []

    def denoise(x_t: Tensor, t: Tensor) -> Prediction:
        seen.append(x_t)
        return Prediction(denoised(x_t))

    nothing = torch.zeros(1, 1, SIDE, SIDE)
    guidance = Guidance(
        lambda image: torch.nn.functional.normalize(image.mean((2, 3)), dim=1),
        SIDE,
        lambda found, given: 0 * (found - given).mean((1, 2, 3)),
        torch.eye(3)[:1],
        torch.zeros(1, 3, SIDE, SIDE),
        nothing,
        settings,
    )
    drain(sample(denoise, alphas, guidance, settings, [SEED], True))
    return seen


def theirs(scheduler: Any, **how: float) -> list[Tensor]:
    rng = torch.Generator().manual_seed(SEED)
    seen = [torch.randn(1, 3, SIDE, SIDE, generator=rng)]
    for t in scheduler.timesteps[:-1]:
        seen.append(scheduler.step(denoised(seen[-1]), t, seen[-1], generator=rng, **how).prev_sample)
    return seen


@pytest.mark.parametrize("eta", [0.0, 0.3, 1.0])
def test_ddim(eta: float) -> None:
    """x_t of every step is DDIMScheduler's, from η = 0, which adds no noise, to 1."""
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler(prediction_type="sample", clip_sample=False, set_alpha_to_one=True)
    scheduler.set_timesteps(STEPS)
    found = ours(scheduler.alphas_cumprod[scheduler.timesteps.flip(0)], Sampler.DDIM, eta)
    assert all(torch.allclose(*pair, atol=1e-5) for pair in zip(found, theirs(scheduler, eta=eta), strict=True))


def test_ddpm() -> None:
    """x_t of every step is DDPMScheduler's, whose variance is that of the posterior."""
    from diffusers import DDPMScheduler

    scheduler = DDPMScheduler(prediction_type="sample", clip_sample=False, variance_type="fixed_small")
    scheduler.set_timesteps(STEPS)
    found = ours(scheduler.alphas_cumprod[scheduler.timesteps.flip(0)], Sampler.DDPM, 0.0)
    assert all(torch.allclose(*pair, atol=1e-5) for pair in zip(found, theirs(scheduler), strict=True))


def test_ddim_with_all_noise_is_ddpm() -> None:
    """η = 1 has the variance of DDPM's posterior (Song et al. 2021, section 4.1)."""
    alphas = torch.linspace(0.99, 0.01, STEPS)
    steps = zip(ours(alphas, Sampler.DDIM, 1.0), ours(alphas, Sampler.DDPM, 0.0), strict=True)
    assert all(torch.allclose(*pair, atol=1e-5) for pair in steps)
