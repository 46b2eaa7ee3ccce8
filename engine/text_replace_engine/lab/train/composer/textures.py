"""The art as textures: every picture at several sizes, sampled through turned, scaled and mirrored grids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.composer.draws import Draws, Floats

#: Sides of the pictures; a smaller one is never taken from a size more than √2 times as large.
_SIDES = (256, 181, 128, 91, 64)
_ROOM = 4  # transparent pixels around a picture
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


class Textures:
    """Premultiplied RGBA pictures on a device."""

    def __init__(self, art: Art, device: torch.device) -> None:
        pictures = [art.pictures[name].convert("RGBa") for name in art.names]
        self._levels = {side: _level(pictures, side).to(device) for side in _SIDES}
        self._reach = np.stack([_reach(picture) for picture in pictures])

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

    def poses(self, sprites: Sprites) -> Tensor:
        """Of their pictures' frames, as `models.networks.shapes.drawn` takes them (n, 5)."""
        mirrored = np.where(sprites.mirrored, -1, 1)
        columns = (*self._middles(sprites), sprites.longest, sprites.angle, mirrored)
        return torch.from_numpy(np.stack(columns, 1).astype(np.float32))

    def _middles(self, sprites: Sprites) -> tuple[Floats, Floats]:
        # What is seen may lie to one side of a frame's middle.
        reach = self.extent(sprites.names, sprites.angle, sprites.mirrored) * sprites.longest[:, None]
        left, right, top, bottom = reach.T
        return sprites.x - (right - left) / 2, sprites.y - (bottom - top) / 2

    def drawn(self, draws: Draws, sprites: Sprites, size: int) -> Tensor:
        """Each on a transparent square of `size` pixels: premultiplied RGBA (n, 4, size, size) in [0, 1]."""
        return self._sampled(draws, sprites, size, 1.0, "bicubic", slice(0, 4)).clamp(0, 1)

    def outlines(self, draws: Draws, sprites: Sprites, size: int, shrunk: int) -> Tensor:
        """Their alpha alone (n, 1, size / shrunk, size / shrunk) in [0, 1], `shrunk` times smaller."""
        return self._sampled(draws, sprites, size // shrunk, 1 / shrunk, "bilinear", slice(3, 4))

    def _sampled(self, draws: Draws, sprites: Sprites, size: int, scale: float, mode: str, channels: slice) -> Tensor:
        wanted = sprites.longest * scale
        sides = np.array(_SIDES)
        # The smallest that is large enough.
        level = np.clip((sides[None] >= wanted[:, None]).sum(1) - 1, 0, len(sides) - 1)
        across = channels.stop - channels.start
        result = torch.empty(len(wanted), across, size, size, device=draws.device)
        for number in np.unique(level):
            chosen = np.flatnonzero(level == number)
            side = _SIDES[number]
            places = self._grid(draws, sprites, chosen, size, scale, side)
            pictures = self._levels[side][draws.indices(sprites.names[chosen]), channels].float() / 255
            result[draws.indices(chosen)] = functional.grid_sample(pictures, places, mode=mode, align_corners=False)
        return result

    def _grid(
        self, draws: Draws, sprites: Sprites, chosen: NDArray[np.intp], size: int, scale: float, side: int
    ) -> Tensor:
        """Where in a picture of this side each pixel is, for grid_sample."""
        angle, mirrored = sprites.angle[chosen], sprites.mirrored[chosen]
        x, y = (middle[chosen] * scale for middle in self._middles(sprites))
        shrink = 2 / (sprites.longest[chosen] * scale) * side / (side + 2 * _ROOM)
        cosine, sine, mirror = np.cos(angle) * shrink, np.sin(angle) * shrink, np.where(mirrored, -1, 1)
        # From pixels of the square to [-1, 1] of the picture: turned back, then mirrored.
        rows = np.stack([mirror * cosine, -mirror * sine, sine, cosine], 1).reshape(-1, 2, 2).astype(np.float32)
        shift = -np.einsum("nij,nj->ni", rows, np.stack([x, y], 1))
        steps = torch.arange(size, device=draws.device) + 0.5
        turned = torch.from_numpy(rows).to(draws.device)
        moved = torch.from_numpy(shift.astype(np.float32)).to(draws.device)
        return (
            steps[None, None, :, None] * turned[:, None, None, :, 0]
            + steps[None, :, None, None] * turned[:, None, None, :, 1]
            + moved[:, None, None, :]
        )


def _level(pictures: list[Image.Image], side: int) -> Tensor:
    """(n, 4, s, s) uint8: the pictures, their longer side `side` pixels, in the middle."""
    squares = []
    for picture in pictures:
        scale = side / max(picture.size)
        target = (max(2, round(picture.width * scale)), max(2, round(picture.height * scale)))
        method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
        resized = np.asarray(picture.resize(target, method))
        square = np.zeros((side + 2 * _ROOM, side + 2 * _ROOM, 4), np.uint8)
        top, left = ((side + 2 * _ROOM - length) // 2 for length in resized.shape[:2])
        square[top : top + resized.shape[0], left : left + resized.shape[1]] = resized
        squares.append(square)
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).contiguous()


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


def pasted(canvas: Tensor, sprites: Tensor) -> Tensor:
    """Premultiplied sprites (n, 4, s, s) over canvases (n, 3, s, s)."""
    return canvas * (1 - sprites[:, 3:]) + sprites[:, :3]


def shadowed(canvas: Tensor, outlines: Tensor, depth: Tensor, sigma: Tensor) -> Tensor:
    """Canvases (n, 3, s, s) darkened by `depth` (n, 1, 1, 1) under smaller outlines (n, 1, q, q), softened by a
    Gaussian of `sigma` (n, 1, 1) in pixels of theirs.
    """
    steps = torch.arange(outlines.shape[-1], device=outlines.device)
    kernel = torch.exp(-((steps - steps[:, None]) ** 2) / (2 * sigma**2)) / (sigma * float(np.sqrt(2 * np.pi)))
    soft = (kernel @ outlines[:, 0] @ kernel.transpose(1, 2))[:, None]
    soft = functional.interpolate(soft, canvas.shape[-2:], mode="bilinear", align_corners=False)
    return canvas * (1 - depth * soft)
