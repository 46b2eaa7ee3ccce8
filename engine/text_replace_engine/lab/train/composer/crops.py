"""Crops and regions by the batch, of the distribution of `scenes.compose_crop` and `regions.region_around`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.composer.damage import jpeg_like
from text_replace_engine.lab.train.composer.draws import Draws, Floats
from text_replace_engine.lab.train.composer.grounds import Windows, grounds
from text_replace_engine.lab.train.composer.textures import Sprites, Textures, pasted, shadowed
from text_replace_engine.lab.train.regions import GROWN_FROM
from text_replace_engine.lab.train.scenes import MAX_ANGLE, Variety
from text_replace_engine.tensors import luma

_SHADOW = 4  # times smaller: shadows
_REGION = 2  # and regions
#: How much larger than the object another one's outline may be drawn to hold it.
_LARGER = (1.0, 1.2, 1.45)


@dataclass(frozen=True)
class Recipe:
    """What is composed: sides in pixels, a multiple of 16; shares of grey crops and of those through JPEG; the share of
    `pieces`, which differ as `piece` says, the others as `whole`.
    """

    size: int
    whole: Variety
    grey: float
    jpeg: float
    piece: Variety
    pieces: float


@dataclass(frozen=True)
class Crops:
    """pictures: uint8 (n, 3, s, s); regions to paint in them: uint8 (n, 1, s, s), 255 where all is new; labels: indices
    of names (n,); grey: bool (n,), pictures without colour; pieces: bool (n,), parts of a larger picture; poses (n, 5)
    of their objects' frames, see `Textures.poses`.
    """

    pictures: Tensor
    regions: Tensor
    labels: Tensor
    grey: Tensor
    pieces: Tensor
    poses: Tensor


def _bytes(values: Tensor) -> Tensor:
    return (values.clamp(0, 1) * 255 + 0.5).to(torch.uint8)


class Composer:
    """Composes on one device."""

    def __init__(self, art: Art, recipe: Recipe, device: torch.device) -> None:
        self._textures, self._recipe, self._device = Textures(art, device), recipe, device

    def crops(self, seed: tuple[int, ...], count: int) -> Crops:
        """Crops around random objects, a function of the seed and of the device's kind."""
        recipe, draws = self._recipe, Draws.seeded(seed, self._device)
        size, rng = recipe.size, draws.rng
        side = draws.uniform(0.2, 1, count)
        x0, y0 = draws.uniform(0, 1, count) * (1.4 - side), draws.uniform(0, 1, count) * (1 - side)
        canvas = grounds(draws, Windows(x0, y0, side, size))
        depth = draws.uniform(0.15, 0.45, count) * draws.chance(0.7, count)
        pieces = draws.chance(recipe.pieces, count)
        beside = np.flatnonzero(draws.chance(recipe.whole.neighbours, count))
        if len(beside):
            chosen = draws.indices(beside)
            canvas[chosen] = self._with(draws, canvas[chosen], self._neighbours(draws, len(beside)), depth[beside])[0]
        sprites = self._objects(draws, pieces)
        canvas, alpha = self._with(draws, canvas, sprites, depth)
        grey = draws.chance(recipe.grey, count)
        canvas = torch.where(draws.planes(grey) > 0, luma(canvas).expand_as(canvas), canvas)
        packed = np.flatnonzero(draws.chance(recipe.jpeg, count))
        if len(packed):
            chosen = draws.indices(packed)
            quality = draws.planes(rng.integers(50, 96, len(packed)).astype(np.float32)).flatten()
            canvas[chosen] = jpeg_like(canvas[chosen], quality)
        regions = self._regions(draws, sprites, alpha)
        return Crops(
            _bytes(canvas),
            _bytes(regions),
            draws.indices(sprites.names),
            torch.from_numpy(grey).to(self._device),
            torch.from_numpy(pieces).to(self._device),
            self._textures.poses(sprites).to(self._device),
        )

    def _with(self, draws: Draws, canvas: Tensor, sprites: Sprites, depth: Floats) -> tuple[Tensor, Tensor]:
        """Canvases with a sprite and its shadow, and the sprite's alpha."""
        count, size = len(depth), self._recipe.size
        across, down = draws.uniform(-0.05, 0.05, count), draws.uniform(0.02, 0.08, count)
        below = replace(sprites, x=sprites.x + across * sprites.longest, y=sprites.y + down * sprites.longest)
        outlines = self._textures.outlines(draws, below, size, _SHADOW)
        sigma = 1.5 * sprites.longest * draws.uniform(0.02, 0.06, count) / _SHADOW
        canvas = shadowed(canvas, outlines, draws.planes(depth), draws.planes(sigma)[:, 0])
        drawn = self._textures.drawn(draws, sprites, size)
        return pasted(canvas, drawn), drawn[:, 3:]

    def _objects(self, draws: Draws, pieces: NDArray[np.bool_]) -> Sprites:
        count, recipe = len(pieces), self._recipe
        of = [np.where(pieces, getattr(recipe.piece, name), getattr(recipe.whole, name)) for name in ("angle", "shift")]
        low, high = (
            np.where(pieces, recipe.piece.zoom[end], recipe.whole.zoom[end]).astype(np.float32) for end in (0, 1)
        )
        longest = recipe.size / (low + (high - low) * draws.uniform(0, 1, count))
        angle = np.radians(of[0]).astype(np.float32) * draws.uniform(-1, 1, count)
        names = draws.rng.integers(0, len(self._textures), count)
        mirrored = draws.chance(0.5, count)
        left, right, top, bottom = (self._textures.extent(names, angle, mirrored) * longest[:, None]).T
        shift = of[1].astype(np.float32)
        x = recipe.size / 2 + (recipe.size - left - right) / 2 * shift * draws.uniform(-1, 1, count)
        y = recipe.size / 2 + (recipe.size - top - bottom) / 2 * shift * draws.uniform(-1, 1, count)
        return Sprites(names, longest, angle, mirrored, x, y)

    def _neighbours(self, draws: Draws, count: int) -> Sprites:
        size = self._recipe.size
        turn, distance = draws.uniform(0, 2 * np.pi, count), size * draws.uniform(0.62, 0.9, count)
        return Sprites(
            draws.rng.integers(0, len(self._textures), count),
            size * draws.uniform(0.4, 0.8, count),
            np.radians(MAX_ANGLE).astype(np.float32) * draws.uniform(-1, 1, count),
            draws.chance(0.5, count),
            size / 2 + distance * np.cos(turn),
            size / 2 + distance * np.sin(turn),
        )

    def _regions(self, draws: Draws, sprites: Sprites, alpha: Tensor) -> Tensor:
        """Feathered regions (n, 1, s, s) in [0, 1] that contain the objects."""
        count, size = len(alpha), self._recipe.size
        solid = functional.avg_pool2d(alpha, _REGION) > 0.1
        box = self._textures.extent(sprites.names, sprites.angle, sprites.mirrored) * sprites.longest[:, None]
        kind = draws.uniform(0, 1, count)
        ellipse = (kind >= GROWN_FROM) & (kind < 0.8)
        region = self._simple(draws, sprites, box, ellipse | (kind < GROWN_FROM))
        other = self._other_outlines(draws, sprites, solid)
        wanted = draws.planes(kind < GROWN_FROM).bool() & other.flatten(1).any(1).view(-1, 1, 1, 1)
        region = torch.where(wanted, other, region).float()
        sigma = draws.planes(draws.uniform(0.02, 2, count) * size / 64 / _REGION)[:, 0]
        steps = torch.arange(size // _REGION, device=draws.device)
        kernel = torch.exp(-((steps - steps[:, None]) ** 2) / (2 * sigma**2))
        kernel = kernel / kernel.sum(2, keepdim=True)
        soft = (kernel @ region[:, 0] @ kernel.transpose(1, 2))[:, None]
        soft = torch.maximum(soft, 0.9 * (solid & (region > 0)))
        return functional.interpolate(soft, (size, size), mode="bilinear", align_corners=False)

    def _simple(self, draws: Draws, sprites: Sprites, box: Floats, ellipse: NDArray[np.bool_]) -> Tensor:
        """Boxes and ellipses around what is seen, bool (n, 1, s / _REGION, s / _REGION)."""
        count = len(box)
        # An ellipse through a box's corners is √2 times as wide; most objects round their corners off.
        grow = np.where(ellipse, 0.15, 0.0).astype(np.float32)[:, None] + draws.uniform(0.02, 0.2, count, 4)
        wide, high = box[:, 0] + box[:, 1], box[:, 2] + box[:, 3]
        left, right = sprites.x - wide * (0.5 + grow[:, 0]), sprites.x + wide * (0.5 + grow[:, 2])
        top, bottom = sprites.y - high * (0.5 + grow[:, 1]), sprites.y + high * (0.5 + grow[:, 3])
        steps = (torch.arange(self._recipe.size // _REGION, device=draws.device) + 0.5) * _REGION
        across = (steps - draws.planes((left + right) / 2)) / draws.planes((right - left) / 2)
        down = (steps[:, None] - draws.planes((top + bottom) / 2)) / draws.planes((bottom - top) / 2)
        boxed = (across.abs() <= 1) & (down.abs() <= 1)
        return torch.where(draws.planes(ellipse) > 0, across**2 + down**2 <= 1, boxed)

    def _other_outlines(self, draws: Draws, sprites: Sprites, solid: Tensor) -> Tensor:
        """Other objects' grown outlines where they hold these, else nothing; as `_simple`."""
        count = len(solid)
        grown = draws.indices(draws.rng.integers(1, 4, count)).view(-1, 1, 1, 1)
        other = Sprites(
            draws.rng.integers(0, len(self._textures), count),
            sprites.longest,
            np.radians(MAX_ANGLE).astype(np.float32) * draws.uniform(-1, 1, count),
            draws.chance(0.5, count),
            sprites.x,
            sprites.y,
        )
        needed = solid.sum((1, 2, 3), keepdim=True)
        found = torch.zeros_like(solid)
        for factor in reversed(_LARGER):
            larger = replace(other, longest=other.longest * np.float32(factor))
            outline = self._textures.outlines(draws, larger, self._recipe.size, _REGION)
            once = functional.max_pool2d(outline, 3, 1, 1)
            grew = [once, twice := functional.max_pool2d(once, 3, 1, 1), functional.max_pool2d(twice, 3, 1, 1)]
            region = torch.stack(grew).gather(0, (grown - 1).expand_as(once)[None])[0] > 60 / 255
            holds = (solid & ~region).sum((1, 2, 3), keepdim=True) <= 0.01 * needed
            found = torch.where(holds, region, found)
        return found
