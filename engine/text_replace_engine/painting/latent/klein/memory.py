"""What painting with FLUX.2 klein may cost in memory: computed from its sizes, and from what was measured of the
networks' real widths on a processor.
"""

from __future__ import annotations

import torch

from text_replace_engine.painting.latent.memory import MARGIN, RESERVE, WORKSPACE, LatentPlan

#: Weights of the published transformer, counted in the library's class.
TRANSFORMER = 3_875_544_576
#: Side of the square with as many pixels as it paints at its best.
LEARNT = 1024
#: KiB beside the weights in float32 for each pixel of the picture: of a sample in the transformer, and of the picture
#: that is decoded, by an autoencoder as wide as Stable Diffusion's.
_SAMPLE = 2.4
_DECODED = 3.2
#: The largest layer, made whole for its use, in weights.
_LAYER = 90_000_000


def needed(plan: LatentPlan, computing: torch.dtype) -> int:
    """Bytes that painting by `plan` allocates beside the networks' weights, as an upper bound."""
    most = plan.working_size**2 * max(_SAMPLE * plan.batch, _DECODED) * 1024
    size = torch.finfo(computing).bits / 32
    return round((most * size + WORKSPACE) * MARGIN) + RESERVE + _LAYER * computing.itemsize
