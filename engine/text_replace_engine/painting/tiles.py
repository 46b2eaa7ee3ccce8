"""Overlapping tiles over a picture that is larger than what a network sees at once; their answers are averaged
(MultiDiffusion, https://arxiv.org/abs/2302.08113).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from text_replace_wire.geometry import Box

#: Neighbours share at least this much of a tile's side.
OVERLAP = 0.25


def tiles_over(mask: Tensor, shape: tuple[int, int]) -> list[Box]:
    """The fewest evenly spaced boxes of `shape` (height, width) over a mask (1, 1, h, w) in [0, 1], which is no smaller
    than that, without those in which the mask is 0.
    """
    height, width = mask.shape[-2:]
    boxes = [Box(x, y, x + shape[1], y + shape[0]) for y in _starts(height, shape[0]) for x in _starts(width, shape[1])]
    return [box for box in boxes if bool((cut(mask, box) > 0).any())]


def cut(image: Tensor, tile: Box) -> Tensor:
    """What lies in a tile of an image (n, c, h, w), in any range."""
    return image[..., tile.y0 : tile.y1, tile.x0 : tile.x1]


def averaged(answers: Sequence[tuple[Box, Tensor]], elsewhere: Tensor) -> Tensor:
    """What tiles say together, each (n, c, height, width) in its box of `elsewhere` (n, c, h, w), which is the answer
    where there is no tile.

    Tiles weigh most in their middle and nothing at their edge, so that no edge shows.
    """
    if len(answers) == 1 and answers[0][1].shape == elsewhere.shape:
        return answers[0][1]
    total, weights = torch.zeros_like(elsewhere), torch.zeros_like(elsewhere[:1, :1])
    for tile, answer in answers:
        window = _window(answer)
        cut(total, tile).add_(answer * window)
        cut(weights, tile).add_(window)
    return torch.where(weights > 0, total / weights.clamp(min=1e-30), elsewhere)


def _window(tile: Tensor) -> Tensor:
    rows, columns = (
        torch.sin(math.pi * (torch.arange(side, device=tile.device, dtype=torch.float64) + 0.5) / side) ** 2
        for side in tile.shape[-2:]
    )
    return (rows[:, None] * columns).to(tile.dtype)


def _starts(side: int, tile: int) -> list[int]:
    shared = OVERLAP * tile
    count = max(1, math.ceil((side - shared) / (tile - shared)))
    return [round(number * (side - tile) / max(1, count - 1)) for number in range(count)]
