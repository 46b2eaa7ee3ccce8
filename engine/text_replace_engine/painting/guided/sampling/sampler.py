"""One sampler for every preset: a generator that yields after each step, so cancelling is not asking for the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from text_replace_engine.painting.guided.sampling.guidance import Denoise, Guidance, Losses, Prediction
from text_replace_engine.painting.guided.sampling.presets import PresetSettings, Sampler

#: What is made of x̂0 (n, 3, h, w) in [-1, 1].
Shaped = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Step:
    """One executed step of `total`, of all samples. denoised: x̂0 (n, 3, h, w) in [-1, 1]; losses: of each sample,
    measured in every step, guided or not.
    """

    index: int
    total: int
    denoised: Tensor
    losses: tuple[Losses, ...]


@dataclass(frozen=True)
class _Transition:
    """From t to the next timestep of the grid: ᾱ at both, β = 1 − ᾱ_t/ᾱ_next, and β̃, the variance of the posterior.

    least_variance: β̃, but not 0 at the end of the grid, where a logarithm of it is taken.
    """

    t: int
    alpha_bar: float
    previous_alpha_bar: float
    beta: float
    variance: float
    least_variance: float

    @property
    def is_last(self) -> bool:
        return self.previous_alpha_bar == 1


def timesteps(length: int, grid: int, skipped: int) -> list[int]:
    """`grid` timesteps evenly from `length` − 1 down to 0, without the first `skipped`."""
    every = torch.linspace(length - 1, 0, grid, dtype=torch.float64).round().long().tolist()
    return [int(t) for t in every[skipped:]]


def sample(
    denoise: Denoise,
    alphas_cumprod: Tensor,
    guidance: Guidance,
    settings: PresetSettings,
    seeds: Sequence[int],
    from_noise: bool,
    start: Tensor | None = None,
    shape: Callable[[Tensor], Shaped] | None = None,
) -> Generator[Step, None, Tensor]:
    """Sample x_0 (n, 3, h, w) for n seeds at once; the generator's value is x_0 in [-1, 1].

    alphas_cumprod: ᾱ of every timestep, (timesteps,). from_noise: start from pure noise and run the whole grid; else
    start from noised `start` (1, 3, h, w) in [-1, 1], the original where that is None, skip, and never restart.
    shape: given x_0, before the first restart, what is made of that, and of every x̂0 from there on.
    """
    original, mask = guidance.original, guidance.mask
    rngs = [torch.Generator().manual_seed(seed) for seed in seeds]

    def noise() -> Tensor:
        return torch.cat([torch.randn(original.shape, generator=rng) for rng in rngs]).to(original)

    first, *restarts = (_transitions(alphas_cumprod, grid) for grid in _grids(alphas_cumprod, settings, from_noise))
    schedule = [*first, *(at for restart in restarts for at in restart)]
    guided = max(1, round(settings.guided * len(first)))
    x_t = noise() if from_noise else noised(original if start is None else start, first[0].alpha_bar, noise())
    shaped: Shaped | None = None
    for index, at in enumerate(schedule):
        if any(at is restart[0] for restart in restarts):
            x_t = x_t.clamp(-1, 1)
            if shape is not None and shaped is None:
                shaped = shape(x_t)
            x_t = noised(x_t if shaped is None else shaped(x_t), at.alpha_bar, noise())
        times = torch.full((len(seeds),), at.t, device=original.device)
        gradient = None
        if index < guided:
            progress = index / max(1, guided - 1)
            predicted, gradient, losses = guidance.gradient(x_t, times, denoise, at.alpha_bar, progress, rngs)
        else:
            with torch.no_grad():
                predicted = denoise(x_t, times)
                _, losses = guidance.losses(predicted.denoised, 1, rngs)
        step = _ddpm if settings.sampler is Sampler.DDPM else _ddim
        clean = predicted.denoised.clamp(-1, 1)
        clamped = Prediction(clean if shaped is None else shaped(clean), predicted.variance)
        x_t, denoised = step(x_t, clamped, gradient, at, settings, noise)
        if settings.blended:
            x_t = mask * x_t + (1 - mask) * noised(original, at.previous_alpha_bar, noise())
        yield Step(index, len(schedule), denoised.clamp(-1, 1), losses)
    return x_t.clamp(-1, 1)


def _grids(alphas_cumprod: Tensor, settings: PresetSettings, from_noise: bool) -> list[list[int]]:
    """The timesteps of the whole run, and of every restart."""
    length = len(alphas_cumprod)
    if not from_noise:
        return [timesteps(length, settings.grid, settings.skipped)]
    restarts = (
        timesteps(round(share * length), max(2, round(share * settings.grid / 2)), 0) for share in settings.restarts
    )
    return [timesteps(length, settings.grid, 0), *restarts]


def _transitions(alphas_cumprod: Tensor, grid: Sequence[int]) -> list[_Transition]:
    found: list[_Transition] = []
    alpha_bars = [float(alphas_cumprod[t]) for t in grid]
    for t, alpha_bar, previous_alpha_bar in zip(grid, alpha_bars, [*alpha_bars[1:], 1.0], strict=True):
        beta = 1 - alpha_bar / previous_alpha_bar
        variance = beta * (1 - previous_alpha_bar) / (1 - alpha_bar)
        least = variance or (found[-1].variance if found else beta)
        found.append(_Transition(t, alpha_bar, previous_alpha_bar, beta, variance, least))
    return found


def noised(image: Tensor, alpha_bar: float, noise: Tensor) -> Tensor:
    """x_t at signal power `alpha_bar` (https://arxiv.org/abs/2006.11239, eq. 4), from x_0 in [-1, 1] and standard
    normal noise, all (n, 3, h, w).
    """
    return math.sqrt(alpha_bar) * image + math.sqrt(1 - alpha_bar) * noise


def ddim_step(
    x_t: Tensor,
    denoised: Tensor,
    alpha_bar: float,
    previous_alpha_bar: float,
    eta: float = 0.0,
    noise: Callable[[], Tensor] | None = None,
) -> Tensor:
    """From x_t, at signal power `alpha_bar`, towards x̂0 in [-1, 1], to the next timestep's, all (n, 3, h, w)
    (Song et al. 2021, https://arxiv.org/abs/2010.02502, eq. 12, with σ of eq. 16).

    eta: η, how much of DDPM's noise is added, 0 to 1; it is drawn from `noise` where that is any.
    """
    epsilon = (x_t - math.sqrt(alpha_bar) * denoised) / math.sqrt(1 - alpha_bar)
    variance = eta**2 * (1 - previous_alpha_bar) / (1 - alpha_bar) * (1 - alpha_bar / previous_alpha_bar)
    if not variance or noise is None:
        return noised(denoised, previous_alpha_bar, epsilon)
    kept = math.sqrt(max(0.0, 1 - previous_alpha_bar - variance)) * epsilon
    return math.sqrt(previous_alpha_bar) * denoised + kept + math.sqrt(variance) * noise()


def _cap(shift: Tensor, limit: float | None) -> Tensor:
    if limit is None:
        return shift
    size = shift.square().mean((1, 2, 3), keepdim=True).sqrt()
    return shift * (limit / size.clamp(min=limit))


def _ddim(
    x_t: Tensor,
    predicted: Prediction,
    gradient: Tensor | None,
    at: _Transition,
    settings: PresetSettings,
    noise: Callable[[], Tensor],
) -> tuple[Tensor, Tensor]:
    """A step that is deterministic unless η is above 0, guided by ε ← ε + √(1−ᾱ)·∇L
    (https://arxiv.org/abs/2105.05233, algorithm 2).
    """
    denoised = predicted.denoised
    if gradient is not None:
        denoised = denoised - _cap((1 - at.alpha_bar) / math.sqrt(at.alpha_bar) * gradient, settings.norm_cap)
    x_s = ddim_step(x_t, denoised, at.alpha_bar, at.previous_alpha_bar, settings.eta, noise)
    return x_s, denoised


def _ddpm(
    x_t: Tensor,
    predicted: Prediction,
    gradient: Tensor | None,
    at: _Transition,
    settings: PresetSettings,
    noise: Callable[[], Tensor],
) -> tuple[Tensor, Tensor]:
    """Ancestral step (https://arxiv.org/abs/2006.11239, eq. 7), mean shifted by −Σ∇L (https://arxiv.org/abs/2105.05233,
    algorithm 1). Σ is what the network has learnt, else β̃.
    """
    from_x0 = math.sqrt(at.previous_alpha_bar) * at.beta / (1 - at.alpha_bar)
    from_x_t = math.sqrt(at.alpha_bar / at.previous_alpha_bar) * (1 - at.previous_alpha_bar) / (1 - at.alpha_bar)
    mean = from_x0 * predicted.denoised + from_x_t * x_t
    variance = torch.full_like(x_t, at.variance)
    if predicted.variance is not None:
        share = (predicted.variance + 1) / 2
        variance = torch.exp(share * math.log(at.beta) + (1 - share) * math.log(at.least_variance))
    if gradient is not None:
        mean = mean - _cap(variance * gradient, settings.norm_cap)
    return mean if at.is_last else mean + variance.sqrt() * noise(), predicted.denoised
