"""Upscale: the edited area from the network's size to native resolution, by a network where one is installed, else by
Lanczos.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from text_replace_engine.models.networks.upscaler import Upscaler
from text_replace_engine.tensors import resample


def upscale(image: Tensor, size: tuple[int, int], upscaler: Upscaler | None) -> Tensor:
    """An image (1, 3, h, w) in [0, 1] at `size` (height, width), still in [0, 1]; the network runs only where it has to
    grow.
    """
    if size[1] > image.shape[-1]:
        if upscaler is None:
            return _lanczos(image, size)
        with torch.inference_mode():
            image = upscaler.enlarge(image).clamp(0, 1)
    return resample(image, size)


def _lanczos(image: Tensor, size: tuple[int, int]) -> Tensor:
    channels = [
        Image.fromarray(channel).resize((size[1], size[0]), Image.Resampling.LANCZOS)
        for channel in image[0].detach().float().cpu().numpy()
    ]
    return torch.from_numpy(np.stack([np.asarray(channel) for channel in channels]))[None].to(image).clamp(0, 1)
