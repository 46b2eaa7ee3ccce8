"""The art as textures: every picture at several sizes, all in one image, sampled through turned, scaled and
mirrored grids.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.composer.draws import Draws, Floats, gaussian
from text_replace_engine.lab.train.composer.tiles import TILE, Tiles, distances, reached

#: Sides of the pictures; a smaller one is never taken from a size more than √2 times as large.
_SIDES = (256, 181, 128, 91, 64)
_ROOM = 4  # transparent pixels around a picture
_WIDTH = 8 * (_SIDES[0] + 2 * _ROOM)  # of the image that holds them all
_DIRECTIONS = 360


@dataclass(frozen=True)
class Sprites:
    """Which pictures are drawn where: indices of names (n,); longest: of their sides in pixels before they are turned;
    angle: in radians; mirrored; x, y: of the centre of what is seen, in pixels from the corner. All (n,).
    """

    names: NDArray[np.int64]
    longest: Floats
    angle: Floats
    mirrored: NDArray[np.bool_]
    x: Floats
    y: Floats

    def of(self, chosen: NDArray[np.intp]) -> Sprites:
        """Some of them."""
        return Sprites(*(getattr(self, field.name)[chosen] for field in fields(self)))


class Textures:
    """Premultiplied RGBA pictures on a device."""

    def __init__(self, art: Art, device: torch.device) -> None:
        pictures = [art.pictures[name].convert("RGBa") for name in art.names]
        image, self._middle = _packed(pictures)
        # The four channels of a pixel lie together: they are sampled together.
        self._image = torch.from_numpy(image).to(device).float().div_(255).permute(2, 0, 1)[None]
        self._reach = np.stack([_reach(picture) for picture in pictures])
        self._distances = np.stack([distances(picture) for picture in pictures])

    def __len__(self) -> int:
        return len(self._reach)

    def extent(self, names: NDArray[np.int64], angle: Floats, mirrored: NDArray[np.bool_]) -> Floats:
        """How far turned pictures reach from the middle of their frame: to the left, right, top, bottom, (n, 4) in
        units of the longer side of the frame.
        """
        turns = np.array([np.pi, 0, -np.pi / 2, np.pi / 2], np.float32) + angle[:, None]
        turns = np.where(mirrored[:, None], np.pi - turns, turns)
        steps = np.round(turns / (2 * np.pi) * _DIRECTIONS).astype(np.int64) % _DIRECTIONS
        extent: Floats = self._reach[names[:, None], steps]
        return extent

    def seen(self, sprites: Sprites) -> tuple[Floats, Floats]:
        """How wide and high they look (n,), in pixels."""
        left, right, top, bottom = self._reaches(sprites)
        return left + right, top + bottom

    def poses(self, sprites: Sprites) -> Tensor:
        """Of their pictures' frames, as `models.networks.shapes.drawn` takes them (n, 5)."""
        mirrored = np.where(sprites.mirrored, -1, 1)
        columns = (*self._middles(sprites), sprites.longest, sprites.angle, mirrored)
        return torch.from_numpy(np.stack(columns, 1).astype(np.float32))

    def _middles(self, sprites: Sprites) -> tuple[Floats, Floats]:
        # What is seen may lie to one side of a frame's middle.
        left, right, top, bottom = self._reaches(sprites)
        return sprites.x - (right - left) / 2, sprites.y - (bottom - top) / 2

    def _reaches(self, sprites: Sprites) -> Floats:
        reaches: Floats = (self.extent(sprites.names, sprites.angle, sprites.mirrored) * sprites.longest[:, None]).T
        return reaches

    def tiles(self, draws: Draws, sprites: Sprites, size: int) -> Tiles:
        """Those of squares of `size` pixels in which something of their sprites may be seen."""
        middles = np.stack(self._middles(sprites), 1)
        there = reached(self._distances[sprites.names], _turns(sprites), middles, sprites.longest, size)
        return Tiles(*(draws.indices(each) for each in np.nonzero(there)))

    def drawn_tiles(self, draws: Draws, sprites: Sprites, tiles: Tiles) -> Tensor:
        """What is in the tiles of their squares: premultiplied RGBA (m, 4, TILE, TILE) in [0, 1]."""
        x, y, shift, *bounds = self._places(draws, sprites, 1)[:, :, tiles.squares]
        shift = shift + x * (tiles.columns * TILE) + y * (tiles.rows * TILE)
        return self._sampled(torch.stack([x, y, shift, *bounds]), TILE, "bicubic").clamp_(0, 1)

    def drawn(self, draws: Draws, sprites: Sprites, size: int) -> Tensor:
        """Each on a transparent square of `size` pixels: premultiplied RGBA (n, 4, size, size) in [0, 1]."""
        return self._sampled(self._places(draws, sprites, 1), size, "bicubic").clamp_(0, 1)

    def outlines(self, draws: Draws, sprites: Sprites, size: int, shrunk: int) -> Tensor:
        """Their alpha alone (n, 1, size / shrunk, size / shrunk) in [0, 1], `shrunk` times smaller."""
        return self._sampled(self._places(draws, sprites, shrunk), size // shrunk, "bilinear", slice(3, 4))

    def _places(self, draws: Draws, sprites: Sprites, shrunk: int) -> Tensor:
        """How pixels of a smaller square become coordinates of the image, x and y, for grid_sample: what to multiply
        x by, y by, to add, and least and most (5, 2, n).
        """
        longest = sprites.longest / shrunk
        sides = np.array(_SIDES)
        # The smallest that is large enough.
        level = np.clip((sides[None] >= longest[:, None]).sum(1) - 1, 0, len(sides) - 1)
        side = sides[level]
        turns = _turns(sprites) * (side / longest)[:, None, None]
        middle = self._middle[level, sprites.names]
        shift = middle - np.einsum("nij,nj->ni", turns, np.stack(self._middles(sprites), 1) / shrunk)
        # Farther than its room another picture begins.
        reach = (side / 2 + _ROOM / 2)[:, None]
        places = np.stack([turns[..., 0], turns[..., 1], shift, middle - reach, middle + reach])
        places *= 2 / np.array(self._image.shape[:1:-1])
        places[2:] -= 1
        return draws.floats(places.swapaxes(1, 2))

    def _sampled(self, places: Tensor, size: int, mode: str, channels: slice = slice(0, 4)) -> Tensor:
        """Squares (n, c, size, size) of `places` (5, 2, n)."""
        steps = torch.arange(size, device=places.device) + 0.5
        x, y, shift, least, most = places[..., None]
        grid = ((x * steps)[:, :, None] + (y * steps + shift)[..., None]).flatten(2)
        # `clamp` is slow with bounds that differ.
        torch.minimum(torch.maximum(grid, least, out=grid), most, out=grid)
        image = self._image[:, channels]
        sampled = functional.grid_sample(image, grid.permute(1, 2, 0)[None], mode=mode, align_corners=False)
        return sampled.view(image.shape[1], -1, size, size).transpose(0, 1)


def _turns(sprites: Sprites) -> Floats:
    """What turns places on a square to those of its picture: back, then mirrored (n, 2, 2)."""
    cosine, sine, mirror = np.cos(sprites.angle), np.sin(sprites.angle), np.where(sprites.mirrored, -1, 1)
    return np.stack([mirror * cosine, -mirror * sine, sine, cosine], 1).reshape(-1, 2, 2)


def _packed(pictures: list[Image.Image]) -> tuple[NDArray[np.uint8], Floats]:
    """All of them with longer sides of all _SIDES, in one image (h, w, 4), and where in it their middles are, x and y
    (sizes, n, 2).
    """
    rooms = [side + 2 * _ROOM for side in _SIDES]
    middles, top = [], 0
    for room in rooms:
        row, column = np.divmod(np.arange(len(pictures)), _WIDTH // room)
        middles.append(np.stack([column * room, top + row * room], 1) + room / 2)
        top += room * (int(row[-1]) + 1)
    image = np.zeros((top, _WIDTH, 4), np.uint8)
    for side, of_side in zip(_SIDES, middles, strict=True):
        for picture, (x, y) in zip(pictures, of_side, strict=True):
            scale = side / max(picture.size)
            target = (max(2, round(picture.width * scale)), max(2, round(picture.height * scale)))
            method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
            left, above = int(x - target[0] / 2), int(y - target[1] / 2)
            image[above : above + target[1], left : left + target[0]] = np.asarray(picture.resize(target, method))
    return image, np.stack(middles)


def _reach(picture: Image.Image) -> Floats:
    """How far a picture reaches from its frame's middle in every direction, in units of its longer side."""
    alpha = np.asarray(picture.getchannel("a")) > 0
    y, x = np.nonzero(alpha)
    points = np.stack([x + 0.5 - alpha.shape[1] / 2, y + 0.5 - alpha.shape[0] / 2]) / max(alpha.shape)
    turns = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS
    # Only the outermost of each row can be.
    outer = np.concatenate([points[:, np.r_[True, y[1:] != y[:-1]]], points[:, np.r_[y[1:] != y[:-1], True]]], 1)
    reach: Floats = (np.stack([np.cos(turns), np.sin(turns)], 1) @ outer).max(1).astype(np.float32)
    return reach


def paste(canvas: Tensor, sprites: Tensor, tiles: Tiles) -> None:
    """Write premultiplied sprites' tiles (m, 4, TILE, TILE) over canvases (n, 3, s, s)."""
    tiles.put(canvas, (tiles.of(canvas) * (1 - sprites[:, 3:])).add_(sprites[:, :3]))


def shade(canvas: Tensor, outlines: Tensor, depth: Tensor, sigma: Tensor) -> None:
    """Darken canvases (n, 3, s, s) by `depth` (n, 1, 1, 1) under smaller outlines (n, 1, q, q), softened by a Gaussian
    of `sigma` (n, 1, 1) in pixels of theirs.
    """
    steps = torch.arange(outlines.shape[-1], device=outlines.device)
    kernel = gaussian(steps - steps[:, None], sigma) / (sigma * float(np.sqrt(2 * np.pi)))
    soft = depth * (kernel @ outlines[:, 0] @ kernel.transpose(1, 2))[:, None]
    soft = functional.interpolate(soft, canvas.shape[-2:], mode="bilinear", align_corners=False)
    canvas *= soft.neg_().add_(1)
