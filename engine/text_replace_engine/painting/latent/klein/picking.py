"""Whether FLUX.2 klein is worth fetching for this machine."""

from __future__ import annotations

import torch

from text_replace_engine import devices, memory_limits
from text_replace_engine.painting.latent.klein.memory import TRANSFORMER, least

#: Bytes of what finds, in float32, which stays loaded beside what paints (models/photo/catalogue.py, but for the bits).
_FINDERS = 1_500_000_000
#: What CUDA and the windows of a desktop take of a card, and the engine and everything else of a machine.
_ON_CARD = 500_000_000
_ON_MACHINE = 3_000_000_000


def picked() -> tuple[bool, str]:
    """And why, in a sentence. It is picked where it would then paint (`memory.Least`), with nothing else at work; a
    processor would take minutes for a picture.
    """
    device = devices.best()
    if device.type != "cuda":
        return False, "Painter: Stable Diffusion, because FLUX.2 klein takes a graphics card."
    needed = least(TRANSFORMER, torch.bfloat16 if devices.computes_bfloat16(device) else torch.float32)
    card = torch.cuda.get_device_properties(device).total_memory
    parts = (
        ("the graphics card", needed.device + _FINDERS + _ON_CARD, card),
        ("the machine", needed.processor + _ON_MACHINE, memory_limits.most()),
    )
    words = " and ".join(f"{take / 1e9:.1f} GB in {what}, which has {has / 1e9:.1f} GB" for what, take, has in parts)
    if any(has < take for _, take, has in parts):
        return False, f"Painter: Stable Diffusion, because FLUX.2 klein needs {words}."
    return True, f"Painters: Stable Diffusion and FLUX.2 klein, because that needs {words}."
