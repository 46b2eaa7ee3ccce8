"""What the detail stage learns from: crops, and how the denoiser paints them again from a noised start, which leaves
the pose and has the faults that its paintings have.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.lab.train.composer.crops import Crops
from text_replace_engine.lab.train.paintings import Places, painting
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.tensors import luma, resample, signed, unsigned

_STARTS = (150, 720)  # timesteps of the noised start
_STEP = 120  # timesteps of one step back


@dataclass(frozen=True)
class Pairs:
    """pictures (n, 3, s, s) in [-1, 1] are what is wanted of paintings (n, 3, p, p) in [-1, 1]; the rest as in Crops,
    regions in [0, 1]. phrases: which of a label's was the prompt (n,).
    """

    pictures: Tensor
    paintings: Tensor
    regions: Tensor
    labels: Tensor
    phrases: Tensor
    pieces: Tensor


@torch.no_grad()
def repainted(denoiser: Denoiser, crops: Crops, prompts: Tensor, seed: int) -> tuple[Tensor, ...]:
    """The fields of Pairs, pictures as bytes. prompts: text vectors (names, phrases, d), of which each crop gets one of
    its name.
    """
    device = devices.best()
    rng = torch.Generator().manual_seed(seed)
    phrases = torch.randint(0, prompts.shape[1], (len(crops.labels),), generator=rng).to(device)
    side = (denoiser.size, denoiser.size)
    where = Places(signed(resample(crops.pictures.float() / 255, side)), resample(crops.regions.float() / 255, side))
    noise = torch.randn(where.around.shape, generator=rng).to(device)
    start = int(torch.randint(*_STARTS, (1,), generator=rng))
    text = prompts[crops.labels, phrases]
    *_, painted = painting(denoiser, text, where, noise, max(2, round(start / _STEP)), start=start)
    painted = torch.where(crops.grey[:, None, None, None], luma(painted).expand_as(painted), painted)
    paintings = (unsigned(painted) * 255).round().clamp(0, 255).to(torch.uint8)
    return crops.pictures, paintings, crops.regions, crops.labels, phrases, crops.pieces


def unpacked(fields: tuple[Tensor, ...]) -> Pairs:
    """Of what `repainted` gave."""
    pictures, paintings, regions, *others = fields
    return Pairs(pictures.float() / 127.5 - 1, paintings.float() / 127.5 - 1, regions.float() / 255, *others)
