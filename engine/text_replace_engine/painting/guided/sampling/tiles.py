"""Pictures larger than a network's own size, denoised in tiles whose answers are averaged at every step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from text_replace_engine.painting.guided.sampling.guidance import Denoise, Prediction
from text_replace_engine.painting.tiles import OVERLAP, averaged, cut
from text_replace_wire.geometry import Box

#: How many times larger than a tile a picture of two by two tiles may be.
FINEST = 2 - OVERLAP


def tiled(parts: Sequence[tuple[Box, Denoise]], elsewhere: Tensor) -> Denoise:
    """One denoiser of many, each asked about its own tile only.

    Where there is no tile x̂0 is `elsewhere` (1, 3, h, w) in [-1, 1], and the variance is the smallest.
    """

    def denoise(x_t: Tensor, t: Tensor) -> Prediction:
        answers = [(tile, part(cut(x_t, tile), t)) for tile, part in parts]
        denoised = averaged([(tile, answer.denoised) for tile, answer in answers], elsewhere.expand_as(x_t))
        variances = [(tile, answer.variance) for tile, answer in answers if answer.variance is not None]
        return Prediction(denoised, averaged(variances, -torch.ones_like(x_t)) if variances else None)

    return denoise
