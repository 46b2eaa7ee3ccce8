"""Upscale: the edited square from the network's size to native resolution, by a network where one is installed, else
bicubic.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .models.upscaler import Upscaler
from .tensors import resample


def upscale(image: Tensor, side: int, upscaler: Upscaler | None) -> Tensor:
    """A square image (1, 3, s, s) in [0, 1] at (side, side); the network runs only where the square has to grow."""
    if upscaler is not None and side > image.shape[-1]:
        with torch.inference_mode():
            image = upscaler.enlarge(image).clamp(0, 1)
    return resample(image, (side, side))
