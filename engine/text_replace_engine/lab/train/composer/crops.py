"""Crops and regions by the batch, of the distribution of `scenes.compose_crop` and `regions.region_around`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.composer.damage import jpeg_like
from text_replace_engine.lab.train.composer.draws import Draws, Floats
from text_replace_engine.lab.train.composer.grounds import Windows, grounds
from text_replace_engine.lab.train.composer.regions import SHRUNK, regions
from text_replace_engine.lab.train.composer.textures import Sprites, Textures, paste, shade
from text_replace_engine.lab.train.scenes import MAX_ANGLE, Variety
from text_replace_engine.tensors import in_grey

_SHADOW = 4  # How many times smaller shadows are drawn.
#: Crops composed together where not all are: so few that a processor's cache holds them.
_AT_ONCE = {"cpu": 16}


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
    """From [0, 1]; spoils them."""
    # To 16 bits first, and then to eight, is faster.
    return values.mul_(255).add_(0.5).clamp_(0, 255).to(torch.int16).to(torch.uint8)


class Composer:
    """Composes on one device."""

    def __init__(self, art: Art, recipe: Recipe, device: torch.device) -> None:
        self._textures, self._recipe, self._device = Textures(art, device), recipe, device

    def crops(self, seed: tuple[int, ...], count: int) -> Crops:
        """Crops around random objects, a function of the seed and of the device's kind."""
        draws, at_once = Draws.seeded(seed, self._device), _AT_ONCE.get(self._device.type, count)
        parts = [self._crops(draws, min(at_once, count - start)) for start in range(0, count, at_once)]
        return Crops(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Crops)))

    def _crops(self, draws: Draws, count: int) -> Crops:
        recipe = self._recipe
        size, rng = recipe.size, draws.rng
        side = draws.uniform(0.2, 1, count)
        x0, y0 = draws.uniform(0, 1, count) * (1.4 - side), draws.uniform(0, 1, count) * (1 - side)
        canvas = grounds(draws, Windows(x0, y0, side, size))
        depth = draws.uniform(0.15, 0.45, count) * draws.chance(0.7, count)
        pieces = draws.chance(recipe.pieces, count)
        beside = np.flatnonzero(draws.chance(recipe.whole.neighbours, count))
        if len(beside):
            chosen = draws.indices(beside)
            near = canvas[chosen]
            self._put(draws, near, self._neighbours(draws, len(beside)), depth[beside])
            canvas[chosen] = near
        sprites = self._objects(draws, pieces)
        solid = self._put(draws, canvas, sprites, depth)
        grey = draws.chance(recipe.grey, count)
        if grey.any():
            chosen = draws.indices(np.flatnonzero(grey))
            canvas[chosen] = in_grey(canvas[chosen])
        packed = np.flatnonzero(draws.chance(recipe.jpeg, count))
        if len(packed):
            chosen = draws.indices(packed)
            quality = draws.floats(rng.integers(50, 96, len(packed)))
            canvas[chosen] = jpeg_like(canvas[chosen], quality)
        return Crops(
            _bytes(canvas),
            _bytes(regions(draws, self._textures, sprites, solid, size)),
            draws.indices(sprites.names),
            torch.from_numpy(grey).to(self._device, non_blocking=True),
            torch.from_numpy(pieces).to(self._device, non_blocking=True),
            self._textures.poses(sprites).to(self._device, non_blocking=True),
        )

    def _put(self, draws: Draws, canvas: Tensor, sprites: Sprites, depth: Floats) -> Tensor:
        """Draw a sprite and its shadow onto each canvas. Returns where the sprites are, as `regions` takes it."""
        count, size = len(depth), self._recipe.size
        across, down = draws.uniform(-0.05, 0.05, count), draws.uniform(0.02, 0.08, count)
        below = replace(sprites, x=sprites.x + across * sprites.longest, y=sprites.y + down * sprites.longest)
        outlines = self._textures.outlines(draws, below, size, _SHADOW)
        sigma = 1.5 * sprites.longest * draws.uniform(0.02, 0.06, count) / _SHADOW
        shade(canvas, outlines, draws.planes(depth), draws.planes(sigma)[:, 0])
        tiles = self._textures.tiles(draws, sprites, size)
        drawn = self._textures.drawn_tiles(draws, sprites, tiles)
        paste(canvas, drawn, tiles)
        solid = torch.zeros(count, 1, size // SHRUNK, size // SHRUNK, dtype=torch.bool, device=draws.device)
        tiles.put(solid, functional.avg_pool2d(drawn[:, 3:], SHRUNK) > 0.1)
        return solid

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
