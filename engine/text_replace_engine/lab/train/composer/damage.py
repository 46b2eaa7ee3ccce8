"""What JPEG does to pictures, by the batch: chroma at half the size, and cosines of 8 × 8 blocks rounded (ITU-T T.81,
https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annexes A and K).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_BLOCK = 8
#: Tables K.1 and K.2.
_LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # fmt: skip
_CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99), (18, 21, 26, 66, 99, 99, 99, 99), (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99), *(((99,) * 8,) * 4),
)  # fmt: skip
#: BT.601 from RGB in [0, 1] to Y, Cb, Cr in [0, 255], without the offsets.
_YCC = torch.tensor(((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))) * 255


def jpeg_like(pictures: Tensor, quality: Tensor) -> Tensor:
    """RGB (n, 3, h, w) in [0, 1], sides multiples of 16, as JPEG of libjpeg's `quality` (n,), 1 to 100, leaves it."""
    colours = _turned(_YCC, pictures)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)
    light = _rounded(colours[:, :1] - 128, _LUMA, scale) + 128
    chroma = _rounded(functional.avg_pool2d(colours[:, 1:], 2), _CHROMA, scale)
    chroma = functional.interpolate(chroma, scale_factor=2.0, mode="bilinear", align_corners=False)
    return _turned(torch.linalg.inv(_YCC), torch.cat([light, chroma], 1)).clamp_(0, 1)


def _turned(matrix: Tensor, colours: Tensor) -> Tensor:
    return (matrix.to(colours.device, non_blocking=True) @ colours.flatten(2)).view_as(colours)


def _rounded(planes: Tensor, table: tuple[tuple[int, ...], ...], scale: Tensor) -> Tensor:
    """Planes (n, c, h, w), their cosines rounded to steps of a table (8, 8) by `scale` (n,) percent."""
    n, channels, height, width = planes.shape
    down, across = height // _BLOCK, width // _BLOCK
    steps = torch.tensor(table).flatten().to(planes.device, non_blocking=True)
    steps = ((steps * scale.view(-1, 1, 1) + 50) / 100).floor().clamp(1, 255)
    # One product with all 64 cosines of a block is faster than many small ones of its rows, then its columns.
    cosines = _COSINES.to(planes.device, non_blocking=True)
    blocks = planes.view(n, channels, down, _BLOCK, across, _BLOCK).transpose(3, 4).reshape(n, -1, _BLOCK**2)
    rounded = (blocks @ cosines.T).div_(steps).round_().mul_(steps)
    return (rounded @ cosines).view(n, channels, down, across, _BLOCK, _BLOCK).transpose(3, 4).reshape(planes.shape)


def _cosines() -> Tensor:
    """Of all 64 pixels of a block in all its 64 waves (64, 64)."""
    steps = torch.arange(_BLOCK)
    waves = torch.cos((2 * steps + 1) * steps[:, None] * math.pi / (2 * _BLOCK)) / 2
    waves[0] /= math.sqrt(2)
    return torch.kron(waves, waves)


_COSINES = _cosines()
