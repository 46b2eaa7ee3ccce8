"""Shares: an edit region that is shared out among several objects, along its longer side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.region import split
from text_replace_engine.tensors import bounding_box

#: Over so much of the longer side one object's share fades into the next one's, so that no line shows.
_FADE = 0.04


@dataclass(frozen=True)
class Share:
    """What is painted of one object. text: what the models are told; region: (1, 1, h, w) in [0, 1]; image: RGB (1, 3,
    h, w) in [0, 1], in which the other objects' shares hold blurred surroundings in place of the old object.
    """

    text: str
    region: Tensor
    image: Tensor


def shared_out(image: Tensor, region: Tensor, texts: Sequence[str], sizes: Sequence[float]) -> tuple[Share, ...]:
    """A share for every text, from left to right or top to bottom, as long as its size among `sizes`; together they are
    the region (1, 1, h, w) in [0, 1]. As many separate parts of a region as texts are a share each.
    """
    ground = filled(image, region)
    weights = _weights(region, sizes)
    return tuple(
        Share(text, region * weight, torch.where(region * (1 - weight) > 0, ground, image))
        for text, weight in zip(texts, weights, strict=True)
    )


def joined(shares: Sequence[Share], pictures: Sequence[Tensor], image: Tensor) -> Tensor:
    """The image (1, 3, h, w), in the shares with what is painted in each one's own picture, all in [0, 1]."""
    total = sum((share.region for share in shares), torch.zeros_like(image[:, :1]))
    mixed = torch.zeros_like(image)
    for share, picture in zip(shares, pictures, strict=True):
        mixed += picture * (share.region / total.clamp(min=1e-6))
    return torch.where(total > 0, mixed, image)


def _weights(region: Tensor, sizes: Sequence[float]) -> list[Tensor]:
    """How much of each pixel is of which share, like the region, 1 together where that is above 0."""
    box = bounding_box(region, threshold=0.0)
    axis, first, length = (-1, box.x0, box.width) if box.width >= box.height else (-2, box.y0, box.height)
    parts = split(region)
    if len(parts) == len(sizes):
        ordered = sorted(parts, key=lambda part: _middle(part, axis))
        return [(part > 0).to(region) for part in ordered]
    ends = [first + length * done / sum(sizes) for done in accumulate(sizes)]
    place = torch.arange(region.shape[axis], device=region.device) + 0.5
    # How much is behind the end of every share but the last.
    behind = [((place - end) / (_FADE * length) + 0.5).clamp(0, 1).to(region.dtype) for end in ends[:-1]]
    steps = [torch.ones_like(place), *behind, torch.zeros_like(place)]
    lines = [(before - after) for before, after in zip(steps, steps[1:], strict=False)]
    shape = (1, 1, 1, -1) if axis == -1 else (1, 1, -1, 1)
    return [line.to(region.dtype).view(shape).expand_as(region) for line in lines]


def _middle(part: Tensor, axis: int) -> float:
    box = bounding_box(part, threshold=0.0)
    return (box.x0 + box.x1) / 2 if axis == -1 else (box.y0 + box.y1) / 2
