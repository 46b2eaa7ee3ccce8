"""Tiles of squares: sprites are drawn only in those that they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from torch import Tensor

from text_replace_engine.lab.train.composer.draws import Floats

TILE = 16
#: Cells of a map, along the longer side of a picture.
_CELLS = 96
#: How far a picture is seen beyond its pixels, in pixels: filters reach so far.
_BEYOND = 2


@dataclass(frozen=True)
class Tiles:
    """Some tiles of squares, on the device: of which square, in which row and column (m,)."""

    squares: Tensor
    rows: Tensor
    columns: Tensor

    def of(self, planes: Tensor) -> Tensor:
        """What is in them (m, c, TILE, TILE) of planes (n, c, s, s)."""
        runs = planes.view(-1, TILE).index_select(0, self._runs(planes, TILE))
        return runs.view(len(self.rows), planes.shape[1], TILE, TILE)

    def put(self, planes: Tensor, values: Tensor) -> None:
        """Write values (m, c, t, t) into planes (n, c, s, s) with as many tiles."""
        side = values.shape[-1]
        planes.view(-1, side).index_copy_(0, self._runs(planes, side), values.reshape(-1, side))

    def _runs(self, planes: Tensor, side: int) -> Tensor:
        """Which runs of `side` pixels they are made of: runs are copied faster than pixels."""
        _, channels, height, width = planes.shape
        first = (self.squares * channels * height + self.rows * side) * (width // side) + self.columns
        channel, line = (torch.arange(count, device=planes.device) for count in (channels, side))
        return (first[:, None, None] + (channel[:, None] * height + line) * (width // side)).flatten()


def distances(picture: Image.Image) -> Floats:
    """How far it is from places to the nearest pixel that is seen of a picture: a map (h, w) of a square, two of its
    longer sides wide and around its middle, in units of these.
    """
    alpha = np.asarray(picture.getchannel("a")) > 0
    middles = (np.argwhere(alpha) + 0.5 - np.array(alpha.shape) / 2) / max(alpha.shape)
    seen = np.zeros((2 * _CELLS, 2 * _CELLS), bool)
    seen[tuple(((middles + 1) * _CELLS).astype(np.int64).T)] = True
    # Either place may be anywhere in its cell.
    distance: Floats = ((ndimage.distance_transform_edt(~seen) - np.sqrt(2)) / _CELLS).astype(np.float32)
    return distance


def reached(maps: Floats, turned: Floats, middles: Floats, longest: Floats, size: int) -> NDArray[np.bool_]:
    """Which tiles of squares of `size` pixels may show pictures (n, rows, columns), by their `distances` (n, h, w), how
    pixels around their middles (n, 2), x and y, are turned to those of the pictures (n, 2, 2), and their longer sides
    in pixels (n,).
    """
    centres = np.arange(0, size, TILE, dtype=np.float32) + TILE / 2
    x, y = (centres[None] - middle[:, None] for middle in middles.T)
    across, down = (
        row[:, 0, None, None] * x[:, None, :] + row[:, 1, None, None] * y[:, :, None] for row in turned.swapaxes(0, 1)
    )
    cells = (
        ((place / longest[:, None, None] + 1) * _CELLS).astype(np.int64).clip(0, 2 * _CELLS - 1)
        for place in (down, across)
    )
    near = (TILE / np.sqrt(2) + _BEYOND) / longest
    result: NDArray[np.bool_] = maps[np.arange(len(maps))[:, None, None], *cells] <= near[:, None, None]
    return result
