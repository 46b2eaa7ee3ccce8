"""What the detail stage learns from: crops, and how the denoiser paints them again from a noised start, which leaves
the pose and has the faults that its paintings have; in most of them with the known shape in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from text_replace_engine.lab.train.composer.crops import Crops
from text_replace_engine.lab.train.paintings import Places, painting
from text_replace_engine.lab.train.shapes import framed
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.shapes import drawn
from text_replace_engine.painting.guided.shaping import showing, without_colour
from text_replace_engine.tensors import between, in_grey, resample, signed, unsigned

_STARTS = (150, 720)  # timesteps of the noised start
_STEP = 120  # timesteps of one step back
_SHAPED = 0.8  # share of the paintings with a known shape
#: Between these alphas of a shape, which is soft, its outline is drawn.
_OUTLINE = 0.35, 0.65


@dataclass(frozen=True)
class Pairs:
    """pictures (n, 3, s, s) in [-1, 1] are what is wanted of paintings (n, 3, p, p) in [-1, 1]; the rest as in Crops,
    regions in [0, 1]. phrases: which of a label's was the prompt (n,). objects: where the known shape is, as regions.
    """

    pictures: Tensor
    paintings: Tensor
    regions: Tensor
    labels: Tensor
    phrases: Tensor
    pieces: Tensor
    objects: Tensor


@torch.no_grad()
def repainted(denoiser: Denoiser, textures: Tensor, crops: Crops, prompts: Tensor, seed: int) -> tuple[Tensor, ...]:
    """The fields of Pairs, what is in [-1, 1] or [0, 1] as bytes. textures: of every name, (names, 4, s, s),
    premultiplied RGBA in [0, 1]; prompts: text vectors (names, phrases, d), of which each crop gets one of its name.
    """
    rng = torch.Generator().manual_seed(seed)
    side = (denoiser.size, denoiser.size)
    where = Places(signed(resample(crops.pictures.float() / 255, side)), resample(crops.regions.float() / 255, side))
    noise = torch.randn(where.around.shape, generator=rng).to(where.around)
    start = int(torch.randint(*_STARTS, (1,), generator=rng))
    phrases = _phrases(crops, prompts, rng)
    text = prompts[crops.labels, phrases]
    there = torch.rand(len(phrases), 1, 1, 1, generator=rng) < _SHAPED
    shaped = showing(_shapes(textures, crops, denoiser.size) * there.to(textures))
    steps = max(2, round(start / _STEP))
    *_, painted = painting(denoiser, text, where, noise, steps, guide=lambda clean: shaped(clean) - clean, start=start)
    return _fields(painted, textures, crops, phrases)


@torch.no_grad()
def shaped(size: int, textures: Tensor, crops: Crops, prompts: Tensor, seed: int) -> tuple[Tensor, ...]:
    """As `repainted`, of paintings of `size` pixels a side with the known shape in all of them, on the crops' own
    ground: as an edit's in which the shape was found, but for the ground, and without painting anything.
    """
    pictures = signed(resample(crops.pictures.float() / 255, (size, size)))
    phrases = _phrases(crops, prompts, torch.Generator().manual_seed(seed))
    return _fields(showing(_shapes(textures, crops, size))(pictures), textures, crops, phrases)


def _phrases(crops: Crops, prompts: Tensor, rng: torch.Generator) -> Tensor:
    return torch.randint(0, prompts.shape[1], (len(crops.labels),), generator=rng).to(prompts.device)


def _fields(painted: Tensor, textures: Tensor, crops: Crops, phrases: Tensor) -> tuple[Tensor, ...]:
    painted = torch.where(crops.grey[:, None, None, None], in_grey(painted), painted)
    objects = between(_shapes(textures, crops, crops.pictures.shape[-1])[:, 3:], *_OUTLINE)
    fields = crops.pictures, _bytes(unsigned(painted)), crops.regions, crops.labels, phrases, crops.pieces
    return *fields, _bytes(objects)


def _bytes(values: Tensor) -> Tensor:
    return (values * 255).round().clamp(0, 255).to(torch.uint8)


def _shapes(textures: Tensor, crops: Crops, size: int) -> Tensor:
    """Those of the crops' objects, `size` pixels a side, as `showing` takes them."""
    scale = size / crops.pictures.shape[-1]
    poses = framed(crops.poses) * crops.poses.new_tensor([scale, scale, scale, 1, 1])
    shapes = drawn(textures[crops.labels], poses, (size, size))
    return torch.where(crops.grey[:, None, None, None], without_colour(shapes), shapes)


def unpacked(fields: tuple[Tensor, ...]) -> Pairs:
    """Of what `repainted` gave."""
    pictures, paintings, regions, labels, phrases, pieces, objects = fields
    pictures, paintings = (each.float() / 127.5 - 1 for each in (pictures, paintings))
    return Pairs(pictures, paintings, regions.float() / 255, labels, phrases, pieces, objects.float() / 255)
