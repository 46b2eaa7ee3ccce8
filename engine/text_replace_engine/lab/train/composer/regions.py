"""Regions by the batch, of the distribution of `lab.train.regions.region_around`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from text_replace_engine.lab.train.composer.draws import Draws, gaussian
from text_replace_engine.lab.train.composer.textures import Sprites, Textures
from text_replace_engine.lab.train.regions import GROWN_FROM
from text_replace_engine.lab.train.scenes import MAX_ANGLE

#: How many times smaller regions are drawn.
SHRUNK = 2
#: How much larger than the object another one's outline may be drawn to hold it.
_LARGER = (1.0, 1.2, 1.45)
_MOST_GROWN = 3


def regions(draws: Draws, textures: Textures, sprites: Sprites, solid: Tensor, size: int) -> Tensor:
    """Feathered regions (n, 1, size, size) in [0, 1] that contain the objects; solid: where these are, bool
    (n, 1, size / SHRUNK, size / SHRUNK).
    """
    count = len(solid)
    kind = draws.uniform(0, 1, count)
    region = _simple(draws, textures, sprites, kind < 0.8, size)
    like_others = np.flatnonzero(kind < GROWN_FROM)
    if len(like_others):
        chosen = draws.indices(like_others)
        other = _other_outlines(draws, textures, sprites.of(like_others), solid[chosen], size)
        region[chosen] = torch.where(other.flatten(1).any(1).view(-1, 1, 1, 1), other, region[chosen])
    sigma = draws.planes(draws.uniform(0.02, 2, count) * size / 64 / SHRUNK)[:, 0]
    steps = torch.arange(float(size // SHRUNK), device=draws.device)
    kernel = gaussian(steps - steps[:, None], sigma)
    kernel /= kernel.sum(2, keepdim=True)
    soft = (kernel @ region[:, 0].float() @ kernel.transpose(1, 2))[:, None]
    soft = torch.maximum(soft, 0.9 * (solid & region))
    return functional.interpolate(soft, (size, size), mode="bilinear", align_corners=False)


def _simple(draws: Draws, textures: Textures, sprites: Sprites, ellipse: NDArray[np.bool_], size: int) -> Tensor:
    """Boxes and ellipses around what is seen, bool (n, 1, size / SHRUNK, size / SHRUNK)."""
    wide, high = textures.seen(sprites)
    # An ellipse through a box's corners is √2 times as wide; most objects round their corners off.
    grow = np.where(ellipse, 0.15, 0.0).astype(np.float32)[:, None] + draws.uniform(0.02, 0.2, len(ellipse), 4)
    left, right = sprites.x - wide * (0.5 + grow[:, 0]), sprites.x + wide * (0.5 + grow[:, 2])
    top, bottom = sprites.y - high * (0.5 + grow[:, 1]), sprites.y + high * (0.5 + grow[:, 3])
    steps = (torch.arange(size // SHRUNK, device=draws.device) + 0.5) * SHRUNK
    across = (steps - draws.planes((left + right) / 2)) / draws.planes((right - left) / 2)
    down = (steps[:, None] - draws.planes((top + bottom) / 2)) / draws.planes((bottom - top) / 2)
    boxed = (across.abs() <= 1) & (down.abs() <= 1)
    return torch.where(draws.planes(ellipse) > 0, across**2 + down**2 <= 1, boxed)


def _other_outlines(draws: Draws, textures: Textures, sprites: Sprites, solid: Tensor, size: int) -> Tensor:
    """Other objects' grown outlines where they hold these, else nothing; as `_simple`."""
    count = len(solid)
    steps = draws.planes(draws.rng.integers(1, _MOST_GROWN + 1, count))
    other = Sprites(
        draws.rng.integers(0, len(textures), count),
        sprites.longest,
        np.radians(MAX_ANGLE).astype(np.float32) * draws.uniform(-1, 1, count),
        draws.chance(0.5, count),
        sprites.x,
        sprites.y,
    )
    # All sizes at once; the first that is large enough counts.
    every = other.of(np.tile(np.arange(count), len(_LARGER)))
    every = replace(every, longest=every.longest * np.repeat(np.array(_LARGER, np.float32), count))
    outlines = textures.outlines(draws, every, size, SHRUNK).view(len(_LARGER), *solid.shape) > 60 / 255
    outlines = grown(outlines, steps)
    needed = solid.sum((1, 2, 3), keepdim=True)
    holds = (solid & ~outlines).sum((2, 3, 4), keepdim=True) <= 0.01 * needed
    found = torch.zeros_like(solid)
    for outline, large_enough in zip(outlines.flip(0), holds.flip(0), strict=True):
        found = torch.where(large_enough, outline, found)
    return found


def grown(outlines: Tensor, steps: Tensor) -> Tensor:
    """Bool (..., h, w), grown to all sides by `steps` pixels (..., 1, 1), _MOST_GROWN at most."""
    for step in range(_MOST_GROWN):
        wider = outlines.clone()
        wider[..., 1:] |= outlines[..., :-1]
        wider[..., :-1] |= outlines[..., 1:]
        higher = wider.clone()
        higher[..., 1:, :] |= wider[..., :-1, :]
        higher[..., :-1, :] |= wider[..., 1:, :]
        outlines = torch.where(steps > step, higher, outlines)
    return outlines
