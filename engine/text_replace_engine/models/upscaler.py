"""Super-resolution of an edited region: a small residual network (Lim et al. 2017, EDSR) over bicubic enlargement."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.models.store import Config, Stored, fill


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + cast(Tensor, self.second(functional.relu(self.first(x))))


class UpscalerNetwork(nn.Module):
    """Adds detail to a bicubic enlargement; all work is done at the small size."""

    def __init__(self, factor: int, channels: int, blocks: int) -> None:
        super().__init__()
        self.factor = factor
        self.head = nn.Conv2d(3, channels, 3, padding=1)
        self.body = nn.Sequential(*(_Block(channels) for _ in range(blocks)))
        self.tail = nn.Conv2d(channels, 3 * factor * factor, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        assert self.tail.bias is not None
        nn.init.zeros_(self.tail.bias)

    def forward(self, x: Tensor) -> Tensor:
        base = functional.interpolate(x, scale_factor=self.factor, mode="bicubic", align_corners=False)
        detail = self.tail(self.body(self.head(x - 0.5)))
        return base + functional.pixel_shuffle(detail, self.factor)


class Upscaler(nn.Module):
    """Enlarges by `factor`."""

    def __init__(self, network: UpscalerNetwork, config: Config) -> None:
        super().__init__()
        self.network = network
        self.factor: int = config["factor"]

    @classmethod
    def load(cls, stored: Stored) -> Upscaler:
        """The upscaler of stored weights; raises ModelDamaged."""
        network = build_upscaler(stored.config)
        fill(network, stored.tensors, "upscaler.safetensors")
        return cls(network.eval(), stored.config)

    def enlarge(self, x: Tensor) -> Tensor:
        """Pictures (n, 3, h, w) in [0, 1] to (n, 3, factor·h, factor·w) in [0, 1]."""
        dtype = self.network.head.weight.dtype
        return cast(Tensor, self.network(x.to(dtype))).to(x.dtype).clamp(0, 1)


def build_upscaler(config: Config) -> UpscalerNetwork:
    """The untrained network of a configuration (`factor`, `channels`, `blocks`)."""
    return UpscalerNetwork(config["factor"], config["channels"], config["blocks"])
