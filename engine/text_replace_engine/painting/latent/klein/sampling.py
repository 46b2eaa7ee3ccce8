"""Sampling: from noise to latents, by diffusers' scheduler. Flux2KleinInpaintPipeline's own loop, but for giving its
turn away after every step, and for whole cells that are new or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.flux2.pipeline_flux2_klein_inpaint import compute_empirical_mu
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from text_replace_engine.painting.latent.autoencoder import Autoencoder
from text_replace_engine.painting.latent.crops import View
from text_replace_engine.painting.latent.klein.autoencoder import Look
from text_replace_engine.painting.latent.klein.networks import KleinNetworks
from text_replace_engine.painting.latent.method import Step


@dataclass(frozen=True)
class Klein:
    """See `method.Method`. text: of the instruction, (1, tokens, d). noise: the shares of noise at the steps, from
    which a picture is painted again; None: `steps` from noise alone, as the transformer has learnt them.
    """

    networks: KleinNetworks
    text: Tensor
    steps: int
    noise: tuple[float, ...] | None = None

    @property
    def autoencoder(self) -> Autoencoder:
        """See `method.Method`."""
        return self.networks.autoencoder

    def denoised(self, view: View, seeds: Sequence[int]) -> Iterator[Step]:
        """See `method.Method`."""
        original = self.autoencoder.encoded(view.original)
        look = Look(view.original, original)
        scheduler = _scheduler(self.networks.schedule, original, self.steps, self.noise)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        noise = randn_tensor((len(seeds), *original.shape[1:]), generator=generators, device=original.device)
        x_t = scheduler.scale_noise(original, scheduler.timesteps[:1], noise)
        for index, (t, sigma) in enumerate(zip(scheduler.timesteps, scheduler.sigmas, strict=False)):
            velocity = self.networks.transformer.velocity(x_t, sigma, self.text, original)
            denoised = torch.where(view.cells > 0, x_t - sigma * velocity, original)
            yield Step(index, denoised, look.shown(denoised[:1]))
            x_t = scheduler.step(velocity, t, x_t, return_dict=False)[0]
            # At the noise of the next step.
            x_t = torch.where(view.cells > 0, x_t, scheduler.scale_noise(original, t[None], noise))

    def decoded(self, view: View, latents: Tensor) -> Tensor:
        """See `method.Method`."""
        return self.autoencoder.decoded(latents)

    def unseen(self, view: View) -> Tensor:
        """See `method.Method`: it sees the whole view."""
        return torch.zeros_like(view.cells)


def _scheduler(schedule: Mapping[str, Any], latents: Tensor, steps: int, noise: Sequence[float] | None) -> Any:
    scheduler = FlowMatchEulerDiscreteScheduler.from_config(schedule)
    shift = compute_empirical_mu(latents.shape[-2] * latents.shape[-1], steps)
    # It shifts them all towards noise, the more the larger the picture.
    sigmas = np.linspace(1, 1 / steps, steps) if noise is None else [_before(share, shift) for share in noise]
    scheduler.set_timesteps(sigmas=sigmas, mu=shift, device=latents.device)
    scheduler.set_begin_index(0)
    return scheduler


def _before(share: float, shift: float) -> float:
    """What the scheduler shifts to `share`."""
    return share / (math.exp(shift) * (1 - share) + share)
