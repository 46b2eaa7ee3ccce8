"""Grounds with patterns, and discs on them."""

from __future__ import annotations

import math

import torch
from torch import Tensor

SIDE = 200
GREY = torch.tensor([0.3, 0.5, 0.7]).view(1, 3, 1, 1)


def places(side: int = SIDE) -> tuple[Tensor, Tensor]:
    """x and y of every pixel."""
    y, x = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    return x, y


def disc(x0: float, y0: float, radius: float, side: int = SIDE) -> Tensor:
    """A mask, 0 or 1."""
    x, y = places(side)
    return (((x - x0) ** 2 + (y - y0) ** 2) < radius**2).float()[None, None]


def ground(kind: str, side: int = SIDE) -> Tensor:
    """Two colours by a pattern."""
    x, y = places(side)
    u, v = x * math.cos(0.2) + y * math.sin(0.2), y * math.cos(0.2) - x * math.sin(0.2)
    patterns = {
        "plain": torch.zeros_like(x),
        "gradient": y / SIDE,
        "stripes": ((u % 37) < 18).float(),
        "grid": ((u % 31 < 4) | (v % 31 < 4)).float(),
        "dots": ((((u % 24) - 12) ** 2 + ((v % 24) - 12) ** 2) < 40).float(),
        "horizon": (y > 110).float(),
    }
    pattern = patterns[kind]
    return torch.stack([0.2 + 0.5 * pattern, 0.6 - 0.4 * pattern, 0.3 + 0.3 * pattern])[None]
