"""What painting with Stable Diffusion may cost in memory, from measured numbers."""

from __future__ import annotations

import torch

from text_replace_engine.painting.latent.crops import FINEST
from text_replace_engine.painting.latent.memory import MARGIN, RESERVE, WORKSPACE, LatentPlan
from text_replace_engine.painting.latent.sd15.presets import PresetSettings

#: KiB beside the weights in float32 for each pixel of the picture, measured at 512 × 512 by
#: tests.benchmarks.photo_paint.py: of a sample in the U-Net's batch, and of the picture that is decoded.
_SAMPLE = 1.0
_DECODED = 3.2
#: Bytes for each pixel of a refined picture: about a dozen pictures of three float32 values, whatever is computed in.
_PICTURES = 150
#: All networks' weights, as a multiple of the U-Net's; and bytes to paint at the learnt size beside them in float32.
_NETWORKS = 1.24
_TYPICAL = 1_400_000_000


def is_short(weights: int, free: int) -> bool:
    """Whether a U-Net of so many weights in float32, and what is painted with, would not fit into `free` bytes."""
    return free < round(weights * 4 * _NETWORKS) + _TYPICAL


def needed(plan: LatentPlan, settings: PresetSettings, dtype: torch.dtype) -> int:
    """Bytes that painting by `plan` allocates beside the networks' weights in `dtype`, as an upper bound."""
    prompts = 1 if settings.guidance_scale == 1 else 2
    pixels, seen = plan.working_size**2, (plan.tile if plan.tiled else plan.working_size) ** 2
    most = max(pixels * _SAMPLE * plan.batch * prompts, seen * _DECODED) * 1024
    size = torch.finfo(dtype).bits / 32
    refined = pixels * FINEST**2 * _PICTURES if settings.refine and not plan.once else 0
    return round((most * size + WORKSPACE + refined) * MARGIN) + RESERVE
