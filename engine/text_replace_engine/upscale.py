"""Upscale: the edited square from the network's size to native resolution, by a network where one is installed, else by
Lanczos.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .models.upscaler import Upscaler
from .tensors import resample


def upscale(image: Tensor, side: int, upscaler: Upscaler | None) -> Tensor:
    """A square image (1, 3, s, s) in [0, 1] at (side, side); the network runs only where the square has to grow."""
    if side > image.shape[-1]:
        if upscaler is None:
            return _lanczos(image, side)
        with torch.inference_mode():
            image = upscaler.enlarge(image).clamp(0, 1)
    return resample(image, (side, side))


def _lanczos(image: Tensor, side: int) -> Tensor:
    channels = [
        Image.fromarray(channel).resize((side, side), Image.Resampling.LANCZOS)
        for channel in image[0].detach().float().cpu().numpy()
    ]
    return torch.from_numpy(np.stack([np.asarray(each) for each in channels]))[None].to(image).clamp(0, 1)
