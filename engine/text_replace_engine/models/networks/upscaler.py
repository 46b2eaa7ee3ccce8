"""Super-resolution of an edited region: a small residual network (Lim et al. 2017, EDSR) over bicubic enlargement, or
whatever network of the user's `spandrel` recognises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.models.files import damaged
from text_replace_engine.models.store import Config, Stored, fill

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        enhanced: Tensor = self.second(functional.relu(self.first(x)))
        return x + enhanced


class UpscalerNetwork(nn.Module):
    """Adds detail to a bicubic enlargement of pictures (n, 3, h, w) in [0, 1]; all work is done at the small size."""

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

    def __init__(self, network: nn.Module, config: Config, enlarge: Callable[[Tensor], Tensor] | None = None) -> None:
        """enlarge: how the network is called, where that takes more than calling it."""
        super().__init__()
        self.network = network
        self.factor: int = config["factor"]
        self._enlarge = enlarge or network

    @classmethod
    def load(cls, stored: Stored) -> Upscaler:
        """The upscaler of stored weights; raises ModelDamaged."""
        if "architecture" in stored.config:
            descriptor = described(stored.tensors)
            if descriptor is None:
                raise damaged(Path("upscaler.safetensors"))
            return cls(descriptor.model, stored.config, descriptor)
        with torch.device("meta"):
            network = build_upscaler(stored.config)
        fill(network, stored.tensors, "upscaler.safetensors")
        return cls(network.eval(), stored.config)

    def enlarge(self, x: Tensor) -> Tensor:
        """Pictures (n, 3, h, w) in [0, 1] to (n, 3, factor·h, factor·w) in [0, 1]."""
        dtype = next(self.network.parameters()).dtype
        return self._enlarge(x.to(dtype)).to(x.dtype).clamp(0, 1)


def build_upscaler(config: Config) -> UpscalerNetwork:
    """The untrained network of a configuration (`factor`, `channels`, `blocks`)."""
    return UpscalerNetwork(config["factor"], config["channels"], config["blocks"])


def described(tensors: Mapping[str, Tensor]) -> ImageModelDescriptor | None:
    """The network that spandrel recognises in a state dict, and fills with it; None where none enlarges RGB."""
    # Takes a second to import, for the few who have a network of their own.
    from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError

    try:
        found = ModelLoader("cpu").load_from_state_dict(dict(tensors))
    # Its architectures guess their size from the weights and fail in their own ways where those do not fit.
    except (UnsupportedModelError, KeyError, ValueError, RuntimeError, AssertionError):
        return None
    fits = isinstance(found, ImageModelDescriptor) and found.input_channels == found.output_channels == 3
    return found if fits and found.scale > 1 else None
