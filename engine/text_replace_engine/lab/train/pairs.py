"""What the detail stage learns from: crops, and how the denoiser paints them again from a noised start, which leaves
the pose and has the faults that its paintings have; in most of them with the known shape in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.lab.train.composer.crops import Crops
from text_replace_engine.lab.train.paintings import Places, painting
from text_replace_engine.lab.train.shapes import framed
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.shapes import drawn
from text_replace_engine.painting.guided.shaping import showing, without_colour
from text_replace_engine.tensors import in_grey, resample, signed, unsigned

_STARTS = (150, 720)  # timesteps of the noised start
_STEP = 120  # timesteps of one step back
_SHAPED = 0.8  # share of the paintings with a known shape


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
def repainted(denoiser: Denoiser, textures: Tensor, crops: Crops, prompts: Tensor, seed: int) -> tuple[Tensor, ...]:
    """The fields of Pairs, pictures as bytes. textures: of every name, (names, 4, s, s), premultiplied RGBA in [0, 1];
    prompts: text vectors (names, phrases, d), of which each crop gets one of its name.
    """
    device = devices.best()
    rng = torch.Generator().manual_seed(seed)
    phrases = torch.randint(0, prompts.shape[1], (len(crops.labels),), generator=rng).to(device)
    side = (denoiser.size, denoiser.size)
    where = Places(signed(resample(crops.pictures.float() / 255, side)), resample(crops.regions.float() / 255, side))
    noise = torch.randn(where.around.shape, generator=rng).to(device)
    start = int(torch.randint(*_STARTS, (1,), generator=rng))
    text = prompts[crops.labels, phrases]
    shaped = showing(_shapes(denoiser, textures, crops, rng))
    steps = max(2, round(start / _STEP))
    *_, painted = painting(denoiser, text, where, noise, steps, guide=lambda clean: shaped(clean) - clean, start=start)
    painted = torch.where(crops.grey[:, None, None, None], in_grey(painted), painted)
    paintings = (unsigned(painted) * 255).round().clamp(0, 255).to(torch.uint8)
    return crops.pictures, paintings, crops.regions, crops.labels, phrases, crops.pieces


def _shapes(denoiser: Denoiser, textures: Tensor, crops: Crops, rng: torch.Generator) -> Tensor:
    """Those of the crops' objects, as `showing` takes them; some are not there."""
    scale = denoiser.size / crops.pictures.shape[-1]
    poses = framed(crops.poses) * crops.poses.new_tensor([scale, scale, scale, 1, 1])
    shapes = drawn(textures[crops.labels], poses, (denoiser.size, denoiser.size))
    shapes = torch.where(crops.grey[:, None, None, None], without_colour(shapes), shapes)
    there = torch.rand(len(shapes), 1, 1, 1, generator=rng) < _SHAPED
    return shapes * there.to(shapes)


def unpacked(fields: tuple[Tensor, ...]) -> Pairs:
    """Of what `repainted` gave."""
    pictures, paintings, regions, *others = fields
    return Pairs(pictures.float() / 127.5 - 1, paintings.float() / 127.5 - 1, regions.float() / 255, *others)
