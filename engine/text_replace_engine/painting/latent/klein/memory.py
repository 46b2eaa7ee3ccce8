"""What painting with FLUX.2 klein may cost in memory: computed from its sizes, and from what was measured of the
networks' real widths on a processor.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from text_replace_engine.painting.latent.klein.storage import FILE_ITEMSIZE, LEAST_ITEMSIZE
from text_replace_engine.painting.latent.memory import MARGIN, RESERVE, WORKSPACE, LatentPlan

#: Weights of the published transformer, counted in the library's class.
TRANSFORMER = 3_875_544_576
#: Side of the square with as many pixels as it paints at its best.
LEARNT = 1024
#: The way to paint that is made room for.
BEST = LatentPlan(batch=1, working_size=LEARNT)
#: KiB beside the weights in float32 for each pixel of the picture: of a sample in the transformer, and of the picture
#: that is decoded, by an autoencoder as wide as Stable Diffusion's.
_SAMPLE = 2.4
_DECODED = 3.2
#: The largest layer, made whole for its use, in weights.
_LAYER = 90_000_000


@dataclass(frozen=True)
class Least:
    """Bytes that must be free, with what finds loaded already. device: that it paints on; processor: through which its
    weights come, and where they wait while the text encoder is on the device.
    """

    device: int
    processor: int

    def lacking(self, device: int, processor: int) -> str:
        """What is too little where so many bytes are there, in a sentence; empty: nothing."""
        card = _lacking(self.device, device, "the graphics card's")
        return card or _lacking(self.processor, processor, "the machine's")


def least(weights: int, computing: torch.dtype) -> Least:
    """What painting takes with a transformer of so many weights, stored in the fewest digits."""
    return Least(weights * LEAST_ITEMSIZE + needed(BEST, computing), weights * FILE_ITEMSIZE + RESERVE)


def needed(plan: LatentPlan, computing: torch.dtype) -> int:
    """Bytes that painting by `plan` allocates beside the networks' weights, as an upper bound."""
    pixels, seen = plan.working_size**2, (plan.tile if plan.tiled else plan.working_size) ** 2
    most = max(pixels * _SAMPLE * plan.batch, seen * _DECODED) * 1024
    size = torch.finfo(computing).bits / 32
    return round((most * size + WORKSPACE) * MARGIN) + RESERVE + _LAYER * computing.itemsize


def _lacking(needed: int, there: int, whose: str) -> str:
    if there >= needed:
        return ""
    return f"FLUX.2 klein needs {needed / 1e9:.1f} GB of {whose} memory, and {there / 1e9:.1f} GB are free."
