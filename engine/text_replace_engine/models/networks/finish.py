"""The finish: a drawing gone over pixel by pixel.

The stage before it draws by tokens of several pixels, whose seams show as a weave along outlines. This U-Net
(Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597) has none, and no normalisation either: a pixel depends on
what is near it alone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class Finish(nn.Module):
    """Begins as the identity; all in [-1, 1]."""

    def __init__(self, widths: list[int]) -> None:
        """widths: channels of each level, finest first, each half as large as the one before."""
        super().__init__()
        self.conv_in = nn.Conv2d(8, widths[0], 3, padding=1)
        self.down = nn.ModuleList(_Block(width) for width in widths[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(widths, widths[1:], strict=False))
        self.middle = _Block(widths[-1])
        self.enlarge = nn.ModuleList(nn.Conv2d(b, a, 3, padding=1) for a, b in zip(widths, widths[1:], strict=False))
        self.up = nn.ModuleList(_Block(width) for width in widths[:-1])
        self.conv_out = nn.Conv2d(widths[0], 3, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        assert self.conv_out.bias is not None
        nn.init.zeros_(self.conv_out.bias)

    def forward(self, drawn: Tensor, around: Tensor, region: Tensor) -> Tensor:
        """Of what was drawn (n, 3, h, w), with the sides divisible as often as there are levels, in a region
        (n, 1, h, w) in [0, 1] with that around it; as `drawn`.
        """
        noise = _noise(drawn.shape[-2], drawn.shape[-1]).to(drawn).expand(len(drawn), -1, -1, -1)
        x = self.conv_in(torch.cat([drawn * region + around, around, region, noise], 1))
        kept = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            x = block(x)
            kept.append(x)
            x = shrink(functional.silu(x))
        x = self.middle(x)
        for level in reversed(range(len(kept))):
            x = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = self.up[level](kept[level] + self.enlarge[level](x))
        finished: Tensor = drawn + self.conv_out(functional.silu(x))
        return finished


@lru_cache(maxsize=4)
def _noise(height: int, width: int) -> Tensor:
    """What grain is made of, (1, 1, height, width): the same in every drawing."""
    return torch.from_numpy(np.random.default_rng(0).standard_normal((1, 1, height, width), np.float32))


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(width, width, 3, padding=1)
        self.conv_out = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.conv_out(functional.silu(self.conv_in(functional.silu(x))))
        return x + changed
