"""One sampler for every preset: a generator that yields after each step, so cancelling is not asking for the next."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from .guidance import Denoise, Guidance, Losses
from .presets import Sampler, Settings

#: Applied to x̂0 after each prediction: projects a grey picture to its luma; the identity for colour.
Project = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Step:
    """One executed step of `total`; `losses` is measured in every step, guided or not."""

    index: int
    total: int
    denoised: Tensor
    losses: Losses


def timesteps(length: int, grid: int, skipped: int) -> list[int]:
    """`grid` timesteps evenly from `length` − 1 down to 0, without the first `skipped`."""
    every = torch.linspace(length - 1, 0, grid, dtype=torch.float64).round().long().tolist()
    return [int(t) for t in every[skipped:]]


def sample(
    denoise: Denoise,
    alphas_cumprod: Tensor,
    guidance: Guidance,
    settings: Settings,
    seed: int,
    from_noise: bool,
    project: Project,
) -> Generator[Step, None, Tensor]:
    """Sample x_0 in the shape of `guidance.original`; the generator's value is x_0 in [-1, 1].

    from_noise: start from pure noise and run the whole grid; else start from the noised original and skip.
    """
    original, mask = guidance.original, guidance.mask
    rng = torch.Generator().manual_seed(seed)

    def noise() -> Tensor:
        return torch.randn(original.shape, generator=rng).to(original.device, original.dtype)

    def alpha_bar(t: int) -> Tensor:
        return alphas_cumprod[t].to(original.device, original.dtype) if t >= 0 else original.new_ones(())

    grid = timesteps(len(alphas_cumprod), settings.grid, 0 if from_noise else settings.skipped)
    guided = max(1, round(settings.guided * len(grid)))
    first = alpha_bar(grid[0])
    x_t = noise() if from_noise else first.sqrt() * original + (1 - first).sqrt() * noise()
    for index, t in enumerate(grid):
        alpha, previous = alpha_bar(t), alpha_bar(grid[index + 1] if index + 1 < len(grid) else -1)
        times = torch.full((original.shape[0],), t, device=original.device)
        gradient = None
        if index < guided:
            denoised, gradient, losses = guidance.gradient(x_t, times, denoise, alpha, index / max(1, guided - 1), rng)
        else:
            with torch.no_grad():
                denoised = denoise(x_t, times)
                _, losses = guidance.losses(denoised, 1, rng)
        step = _ddpm if settings.sampler is Sampler.DDPM else _ddim
        x_t, denoised = step(x_t, project(denoised), gradient, alpha, previous, settings.norm_cap, noise)
        if settings.blended:
            background = previous.sqrt() * original + (1 - previous).sqrt() * noise()
            x_t = mask * x_t + (1 - mask) * background
        yield Step(index, len(grid), denoised, losses)
    return project(x_t).clamp(-1, 1)


def _cap(shift: Tensor, limit: float | None) -> Tensor:
    if limit is None:
        return shift
    size = shift.square().mean().sqrt()
    return shift * (limit / size.clamp(min=limit))


def _ddim(
    x_t: Tensor,
    denoised: Tensor,
    gradient: Tensor | None,
    alpha: Tensor,
    previous: Tensor,
    norm_cap: float | None,
    noise: Callable[[], Tensor],
) -> tuple[Tensor, Tensor]:
    """Deterministic step (https://arxiv.org/abs/2010.02502, eq. 12, η = 0), guided by ε ← ε + √(1−ᾱ)·∇L."""
    if gradient is not None:
        denoised = denoised - _cap((1 - alpha) / alpha.sqrt() * gradient, norm_cap)
    denoised = denoised.clamp(-1, 1)
    epsilon = (x_t - alpha.sqrt() * denoised) / (1 - alpha).sqrt()
    return previous.sqrt() * denoised + (1 - previous).sqrt() * epsilon, denoised


def _ddpm(
    x_t: Tensor,
    denoised: Tensor,
    gradient: Tensor | None,
    alpha: Tensor,
    previous: Tensor,
    norm_cap: float | None,
    noise: Callable[[], Tensor],
) -> tuple[Tensor, Tensor]:
    """Ancestral step with the posterior variance Σ = β̃ (https://arxiv.org/abs/2006.11239, eq. 7), mean shifted by
    −Σ∇L.
    """
    denoised = denoised.clamp(-1, 1)
    beta = 1 - alpha / previous
    variance = beta * (1 - previous) / (1 - alpha)
    mean = (previous.sqrt() * beta * denoised + (alpha / previous).sqrt() * (1 - previous) * x_t) / (1 - alpha)
    if gradient is not None:
        mean = mean - _cap(variance * gradient, norm_cap)
    return mean + variance.sqrt() * noise(), denoised
