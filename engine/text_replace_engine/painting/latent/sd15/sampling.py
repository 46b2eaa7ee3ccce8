"""Sampling: from noise to latents, by diffusers' schedulers. StableDiffusionInpaintPipeline's own loop, but for giving
its turn away after every step, for samples that do not depend on the batch that they are painted in, and for tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import DDIMScheduler, LCMScheduler
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from text_replace_engine.painting.latent.method import Step
from text_replace_engine.painting.latent.names import Scheduler
from text_replace_engine.painting.latent.sd15.networks import Unet
from text_replace_engine.painting.latent.sd15.presets import PresetSettings
from text_replace_engine.painting.tiles import averaged, cut
from text_replace_wire.geometry import Box

_SCHEDULERS = {Scheduler.DDIM: DDIMScheduler, Scheduler.LCM: LCMScheduler}

#: Tells the noise (n, 4, h, w) in latents x_t of that shape at timestep t, a number.
Predict = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Conditions:
    """What the U-Net is told. texts: (2, tokens, d), of the negative prompt and of the prompt; cells: (1, 1, h, w),
    1 where all is new, else 0; masked: latents (1, 4, h, w) of the picture without what is there.
    """

    texts: Tensor
    cells: Tensor
    masked: Tensor


def sample(
    tiles: Sequence[tuple[Box, Predict]],
    schedule: Mapping[str, Any],
    settings: PresetSettings,
    seeds: Sequence[int],
    start: Tensor,
    shown: Callable[[Tensor], Tensor],
) -> Iterator[Step]:
    """One step after another, the last of which has the result. A sample's noise depends on its seed alone.

    tiles: each is asked about its own part of the latents; what is in none is never seen. start: latents (1, 4, h, w),
    from which it starts noised: the first timestep is not quite noise alone, from which pictures would get a medium
    brightness (https://arxiv.org/abs/2305.08891). shown: see `networks.LatentNetworks`.
    """
    scheduler = _scheduler(schedule, settings, start.device)
    skipped = settings.steps - settings.executed
    if isinstance(scheduler, LCMScheduler):
        scheduler.set_begin_index(skipped)
    timesteps = scheduler.timesteps[skipped:]
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    noise = randn_tensor((len(seeds), *start.shape[1:]), generator=generators, device=start.device)
    x_t = scheduler.add_noise(start.expand_as(noise), noise, timesteps[:1].repeat(len(seeds)))
    for index, t in enumerate(timesteps):
        answers: list[tuple[Box, Tensor]] = []
        for tile, predict in tiles:
            answers.append((tile, predict(cut(x_t, tile), t)))
        noise = averaged(answers, torch.zeros_like(x_t))
        x_t, denoised = scheduler.step(noise, t, x_t, generator=generators, return_dict=False)
        yield Step(index, denoised, shown(denoised[:1]))


def guided(unet: Unet, conditions: Conditions, guidance_scale: float) -> Predict:
    """By classifier-free guidance, with and without the prompt in one batch."""
    without, told = conditions.texts.chunk(2)
    prompts = (told,) if guidance_scale == 1 else (without, told)

    def predict(x_t: Tensor, t: Tensor) -> Tensor:
        n = len(x_t)
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

    return predict


def _scheduler(schedule: Mapping[str, Any], settings: PresetSettings, device: torch.device) -> Any:
    # Configurations of other schedulers lack it, and DDIM's default would cut latents off. `set_alpha_to_one`, without
    # which its last x_t keeps some noise, does not matter here: the result is the last x̂0.
    scheduler = _SCHEDULERS[settings.scheduler].from_config(schedule, clip_sample=False)
    scheduler.set_timesteps(settings.steps, device=device)
    return scheduler
