"""The detail stage: a painting at the denoiser's size, drawn again at four times that size as the prompt and the sharp
surroundings want it.

A U-Net (Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597) behind a space-to-depth stem, with attention at its
two lowest levels, told the prompt by scale and shift (Perez et al. 2018, https://arxiv.org/abs/1709.07871).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.models.networks.finish import Finish
from text_replace_engine.models.store import Config, Stored, fill

_GROUPS = 8
_HEAD = 32  # channels of an attention head


class _Block(nn.Module):
    """Two convolutions around the prompt; begins as the identity."""

    def __init__(self, taken: int, given: int, told: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(_GROUPS, taken)
        self.conv_in = nn.Conv2d(taken, given, 3, padding=1)
        self.norm_out = nn.GroupNorm(_GROUPS, given)
        self.prompt = nn.Linear(told, 2 * given)
        self.conv_out = nn.Conv2d(given, given, 3, padding=1)
        self.skip = nn.Conv2d(taken, given, 1) if taken != given else nn.Identity()
        for layer in (self.prompt, self.conv_out):
            nn.init.zeros_(layer.weight)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        hidden = self.norm_out(self.conv_in(functional.silu(self.norm_in(x))))
        scale, shift = self.prompt(told)[:, :, None, None].chunk(2, 1)
        changed: Tensor = self.conv_out(functional.silu(hidden * (1 + scale) + shift))
        kept: Tensor = self.skip(x)
        return kept + changed


class _Attention(nn.Module):
    """Every place looks at every other: how a pattern goes on is seen on the other side of the region."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(_GROUPS, channels)
        self.inwards = nn.Conv2d(channels, 3 * channels, 1)
        self.outwards = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.outwards.weight)

    def forward(self, x: Tensor) -> Tensor:
        n, channels, height, width = x.shape
        tokens = self.inwards(self.norm(x)).view(n, 3, channels // _HEAD, _HEAD, height * width).transpose(3, 4)
        seen = functional.scaled_dot_product_attention(tokens[:, 0], tokens[:, 1], tokens[:, 2])
        answer: Tensor = self.outwards(seen.transpose(2, 3).reshape(n, channels, height, width))
        return x + answer


class DetailNetwork(nn.Module):
    """See the module; all in [-1, 1]."""

    def __init__(self, widths: list[int], stem: int, told: int, text_dim: int, finish: list[int] | None) -> None:
        """widths, finish: channels of each level, finest first, each half as large as the one before."""
        super().__init__()
        self.stem, self.text_dim = stem, text_dim
        self.prompt = nn.Sequential(nn.Linear(text_dim, told), nn.SiLU(), nn.Linear(told, told), nn.SiLU())
        self.conv_in = nn.Conv2d(7 * stem**2, widths[0], 3, padding=1)
        lowest = len(widths) - 1
        taken = [widths[0], *widths[:-1]]
        self.down = nn.ModuleList(_Block(a, b, told) for a, b in zip(taken, widths, strict=True))
        self.shrink = nn.ModuleList(nn.Conv2d(width, width, 3, 2, 1) for width in widths[:-1])
        self.middle = nn.ModuleList((_Attention(widths[-1]), _Block(widths[-1], widths[-1], told)))
        above = [*widths[1:], widths[-1]]
        self.up = nn.ModuleList(_Block(a + b, b, told) for a, b in zip(above, widths, strict=True))
        self.attend = nn.ModuleList(
            _Attention(width) if level == lowest - 1 else nn.Identity() for level, width in enumerate(widths)
        )
        # Twice twofold: what a token becomes is smoother so than by one convolution.
        half = widths[0] // 2
        self.norm_out = nn.GroupNorm(_GROUPS, widths[0])
        self.enlarge = nn.Conv2d(widths[0], half * (stem // 2) ** 2, 3, padding=1)
        self.conv_out = nn.Conv2d(half, 12, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        assert self.conv_out.bias is not None
        nn.init.zeros_(self.conv_out.bias)
        self.finish = None if finish is None else Finish(finish)

    def forward(self, start: Tensor, surroundings: Tensor, region: Tensor, text: Tensor) -> Tensor:
        told = self.prompt(text * math.sqrt(self.text_dim))
        x = self.conv_in(functional.pixel_unshuffle(torch.cat([start, surroundings, region], 1), self.stem))
        kept = []
        for level, block in enumerate(self.down):
            x = block(x, told)
            kept.append(x)
            if level < len(self.shrink):
                x = self.shrink[level](x)
        attention, block = self.middle
        x = block(attention(x), told)
        for level in reversed(range(len(self.up))):
            if x.shape[-2:] != kept[level].shape[-2:]:
                x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = self.attend[level](self.up[level](torch.cat([x, kept[level]], 1), told))
        x = functional.pixel_shuffle(self.enlarge(functional.silu(self.norm_out(x))), self.stem // 2)
        drawn: Tensor = start + functional.pixel_shuffle(self.conv_out(functional.silu(x)), 2)
        return drawn if self.finish is None else self.finish(drawn, surroundings, region)


class Detail(nn.Module):
    """Draws object, ground and shadow in the region, `size` pixels a side."""

    def __init__(self, network: DetailNetwork, config: Config) -> None:
        super().__init__()
        self.network = network
        self.size: int = config["size"]

    @classmethod
    def load(cls, stored: Stored) -> Detail:
        """The detail stage of stored weights; raises ModelDamaged."""
        with torch.device("meta"):
            network = build_detail(stored.config)
        fill(network, stored.tensors, "detail.safetensors")
        return cls(network.eval(), stored.config)

    def draw(self, painting: Tensor, surroundings: Tensor, region: Tensor, text: Tensor) -> Tensor:
        """What belongs into the region, (n, 3, size, size) in about [-1, 1], differentiable; outside it means nothing.

        painting: (n, 3, h, w) in [-1, 1], of any smaller or the same size, of which only what lies in the region is
        seen; surroundings: (n, 3, size, size) in [-1, 1], of which only what lies outside is; region:
        (n, 1, size, size) in [0, 1]; text: unit vectors (n, text_dim) of the prompt, zeros for none.
        """
        dtype = next(self.network.parameters()).dtype
        if painting.shape[-2:] != region.shape[-2:]:
            painting = functional.interpolate(painting, region.shape[-2:], mode="bicubic", align_corners=False)
        around = surroundings * (1 - region)
        layers = (painting * region + around, around, region, text)
        drawn: Tensor = self.network(*(layer.to(dtype) for layer in layers))
        return drawn.to(painting.dtype)


def build_detail(config: Config) -> DetailNetwork:
    """The untrained network of a configuration: `widths`, `stem`, `told`, `text_dim`, and `finish`, which those trained
    up to version 9 have not.
    """
    return DetailNetwork(config["widths"], config["stem"], config["told"], config["text_dim"], config.get("finish"))
