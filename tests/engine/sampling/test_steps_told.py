"""What the sampler tells of its steps, where it starts, and how many views each guided step takes."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.sampling.draining import drain
from text_replace_engine.painting.guided.sampling.guidance import Guidance, Prediction
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, Sampler
from text_replace_engine.painting.guided.sampling.sampler import Step, sample

SIDE = 8
ALPHAS = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)


class Run:
    """A run of a preset, changed by `changes`; x̂0 is `gain`·x_t, the mask `painted`."""

    def __init__(
        self,
        seeds: list[int],
        from_noise: bool = True,
        start: Tensor | None = None,
        gain: float = 0.5,
        painted: float = 1.0,
        **changes: Any,
    ) -> None:
        self.gain = gain
        self.settings = dataclasses.replace(PRESETS[Preset.STANDARD], **{"restarts": (), **changes})
        self.seen: list[Tensor] = []
        self.times: list[list[int]] = []
        self.views: list[int] = []
        original = torch.full((1, 3, SIDE, SIDE), 0.25)
        mask = torch.full((1, 1, SIDE, SIDE), painted)
        guidance = Guidance(self._encode, SIDE, _distance, torch.eye(3)[:1], original, mask, self.settings)
        steps = sample(self._denoise, ALPHAS, guidance, self.settings, seeds, from_noise, start)
        self.x_0: Tensor
        self.steps: list[Step]
        self.x_0, self.steps = drain(steps)

    def _denoise(self, x_t: Tensor, t: Tensor) -> Prediction:
        self.seen.append(x_t.detach())
        self.times.append(t.tolist())
        return Prediction(self.gain * x_t)

    def _encode(self, image: Tensor) -> Tensor:
        self.views.append(len(image))
        return torch.nn.functional.normalize(image.mean((2, 3)) + 0.1, dim=1)


def _distance(found: Tensor, given: Tensor) -> Tensor:
    """Pulls every other pixel up and the rest down."""
    return (found * (-1.0) ** torch.arange(SIDE)).sum((1, 2, 3))


def test_steps_are_numbered() -> None:
    """From 0, of as many as there are; the network is told the timestep of every sample."""
    run = Run([1, 2], grid=5)
    assert [(step.index, step.total) for step in run.steps] == [(number, 5) for number in range(5)]
    assert run.times == [2 * [999], 2 * [749], 2 * [500], 2 * [250], 2 * [0]]
    assert [len(step.losses) for step in run.steps] == 5 * [2]


def test_restarts_begin_where_they_should() -> None:
    """Each runs its share of the schedule in steps twice as long, unguided, from the noised result before; at least
    two, however few there are in all.
    """
    run = Run([1], grid=8, guided=1.0, cutouts=(2, 2), restarts=(0.75, 0.1))
    assert run.times[8:] == [[749], [374], [0], [99], [0]]
    assert run.views == 8 * [2] + 5 * [1]
    x_0, again = run.steps[7].denoised, run.seen[8]
    deviation = (again - ALPHAS[749].sqrt().float() * x_0).std() / (1 - ALPHAS[749]).sqrt()
    assert deviation == pytest.approx(1, abs=0.15)
    assert len(Run([1], restarts=(0.5,), from_noise=False).steps) == 20


@pytest.mark.parametrize(
    ("guided", "views"),
    [(0.0, [2]), (0.2, [2]), (0.4, [2, 10]), (0.6, [2, 6, 10]), (1.0, [2, 4, 6, 8, 10])],
)
def test_views_grow_evenly_over_the_guided_steps(guided: float, views: list[int]) -> None:
    """From the first number to the last; at least one step is guided, and one that is not takes the plain picture."""
    run = Run([1], grid=5, guided=guided, cutouts=(2, 10))
    assert run.views == [*views, *(5 - len(views)) * [1]]


@pytest.mark.parametrize("start", [None, torch.full((1, 3, SIDE, SIDE), -0.5)])
def test_a_start_is_noised(start: Tensor | None) -> None:
    """√ᾱ of the picture to start from, or else of the original, and √(1 − ᾱ) of the seed's first noise, each seed its
    own; what is skipped is not run.
    """
    run = Run([1, 2], False, start, grid=5, skipped=2)
    assert run.times == [2 * [500], 2 * [250], 2 * [0]]
    alpha_bar = float(ALPHAS[500])
    for number, seed in enumerate((1, 2)):
        noise = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
        expected = math.sqrt(alpha_bar) * (0.25 if start is None else -0.5) + math.sqrt(1 - alpha_bar) * noise
        assert torch.allclose(run.seen[0][number], expected[0], atol=1e-6)


def test_what_is_shown_is_a_picture() -> None:
    """However far guidance goes, what a step tells is in [-1, 1], and so is the result."""
    run = Run([1], painted=0.0, grid=5, guided=1.0, norm_cap=None, lambda_lpips=1e6, full_gradient=False, blended=False)
    for told in (torch.cat([step.denoised for step in run.steps]), run.x_0):
        assert float(told.min()) == -1 and float(told.max()) == 1


@pytest.mark.parametrize("sampler", list(Sampler))
def test_a_step_goes_towards_a_picture(sampler: Sampler) -> None:
    """What the network says is cut to [-1, 1] before the step is made of it, in either direction."""
    run = Run([1], grid=2, gain=4.0, sampler=sampler, blended=False, lambda_clip=0.0, lambda_lpips=0.0, lambda_l2=0.0)
    alpha_bar, following = float(ALPHAS[999]), float(ALPHAS[0])
    x_t = run.seen[0]
    denoised = (4 * x_t).clamp(-1, 1)
    assert float(denoised.min()) == -1 and float(denoised.max()) == 1
    if sampler is Sampler.DDIM:
        noise = (x_t - math.sqrt(alpha_bar) * denoised) / math.sqrt(1 - alpha_bar)
        expected = math.sqrt(following) * denoised + math.sqrt(1 - following) * noise
    else:
        # All but a thousandth of the way at once: little noise is added to x̂0.
        expected = denoised
    assert torch.allclose(run.seen[1], expected, atol=1e-5 if sampler is Sampler.DDIM else 0.05)
