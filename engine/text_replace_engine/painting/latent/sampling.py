"""Sampling: from noise to latents, by diffusers' schedulers. StableDiffusionInpaintPipeline's own loop, but for giving
its turn away after every step, and for samples that do not depend on the batch that they are painted in.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import DDIMScheduler, LCMScheduler
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from text_replace_engine.painting.latent.autoencoder import approximated
from text_replace_engine.painting.latent.method import Step
from text_replace_engine.painting.latent.networks import Unet
from text_replace_engine.painting.latent.presets import PresetSettings, Scheduler

_SCHEDULERS = {Scheduler.DDIM: DDIMScheduler, Scheduler.LCM: LCMScheduler}


@dataclass(frozen=True)
class Conditions:
    """What the U-Net is told. texts: (2, tokens, d), of the negative prompt and of the prompt; cells: (1, 1, h, w),
    1 where all is new, else 0; masked: latents (1, 4, h, w) of the picture without what is there.
    """

    texts: Tensor
    cells: Tensor
    masked: Tensor


def sample(
    unet: Unet,
    schedule: Mapping[str, Any],
    conditions: Conditions,
    settings: PresetSettings,
    seeds: Sequence[int],
    original: Tensor | None,
) -> Generator[Step, None, None]:
    """One step after another, the last of which has the result. A sample's noise depends on its seed alone.

    original: latents (1, 4, h, w) of the picture, from which a strength below 1 starts.
    """
    scheduler = _scheduler(schedule, settings, unet.device)
    skipped = settings.steps - settings.executed
    if isinstance(scheduler, LCMScheduler):
        scheduler.set_begin_index(skipped)
    timesteps = scheduler.timesteps[skipped:]
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    masked = conditions.masked
    x_t = randn_tensor((len(seeds), *masked.shape[1:]), generator=generators, device=masked.device)
    if skipped and original is not None:
        x_t = scheduler.add_noise(original.expand_as(x_t), x_t, timesteps[:1].repeat(len(seeds)))
    for index, t in enumerate(timesteps):
        noise = _guided(unet, x_t, t, conditions, settings.guidance_scale)
        x_t, denoised = scheduler.step(noise, t, x_t, generator=generators, return_dict=False)
        yield Step(index, denoised, approximated(denoised))


def _scheduler(schedule: Mapping[str, Any], settings: PresetSettings, device: torch.device) -> Any:
    # Configurations of other schedulers lack it, and DDIM's default would cut latents off. `set_alpha_to_one`, without
    # which its last x_t keeps some noise, does not matter here: the result is the last x̂0.
    scheduler = _SCHEDULERS[settings.scheduler].from_config(schedule, clip_sample=False)
    scheduler.set_timesteps(settings.steps, device=device)
    return scheduler


def _guided(unet: Unet, x_t: Tensor, t: Tensor, conditions: Conditions, guidance_scale: float) -> Tensor:
    """The noise by classifier-free guidance, with and without the prompt in one batch."""
    without, told = conditions.texts.chunk(2)
    n, prompts = len(x_t), (told,) if guidance_scale == 1 else (without, told)
    count = n * len(prompts)
    noise = unet.noise(
        torch.cat([x_t] * len(prompts)),
        t,
        torch.cat([text.expand(n, -1, -1) for text in prompts]),
        conditions.cells.expand(count, -1, -1, -1),
        conditions.masked.expand(count, -1, -1, -1),
    )
    if len(prompts) == 1:
        return noise
    unprompted, prompted = noise.chunk(2)
    return unprompted + guidance_scale * (prompted - unprompted)
