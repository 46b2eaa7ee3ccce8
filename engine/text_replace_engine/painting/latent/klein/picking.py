"""Whether FLUX.2 klein is worth fetching for this machine."""

from __future__ import annotations

import torch

from text_replace_engine import devices
from text_replace_engine.painting.latent.klein.memory import LEARNT, TRANSFORMER, needed
from text_replace_engine.painting.latent.klein.storage import LEAST_ITEMSIZE
from text_replace_engine.painting.latent.memory import LatentPlan


def picked() -> tuple[bool, str]:
    """And why, in a sentence. A processor would take minutes for a picture."""
    device = devices.best()
    if device.type != "cuda":
        return False, "Painter: Stable Diffusion, because FLUX.2 klein takes a graphics card."
    computing = torch.bfloat16 if devices.computes_bfloat16(device) else torch.float32
    least = TRANSFORMER * LEAST_ITEMSIZE + needed(LatentPlan(batch=1, working_size=LEARNT), computing)
    there = torch.cuda.get_device_properties(device).total_memory
    words = f"FLUX.2 klein needs {least / 1e9:.1f} GB of the graphics card's memory, which has {there / 1e9:.1f} GB"
    if there < least:
        return False, f"Painter: Stable Diffusion, because {words}."
    return True, f"Painters: Stable Diffusion and FLUX.2 klein, because {words}."
