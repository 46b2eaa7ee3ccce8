"""Super-resolution of an edited region, by whatever network of the user's `spandrel` recognises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from text_replace_engine.models.files import damaged
from text_replace_engine.models.store import Config, Stored

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor


class Upscaler(nn.Module):
    """Enlarges by `factor`."""

    def __init__(self, network: nn.Module, config: Config, enlarge: Callable[[Tensor], Tensor]) -> None:
        """enlarge: how the network is called, which takes more than calling it."""
        super().__init__()
        self.network = network
        self.factor: int = config["factor"]
        self._enlarge = enlarge

    @classmethod
    def load(cls, stored: Stored) -> Upscaler:
        """The upscaler of stored weights; raises ModelDamaged."""
        descriptor = described(stored.tensors)
        if descriptor is None:
            raise damaged(Path("upscaler.safetensors"))
        return cls(descriptor.model, stored.config, descriptor)

    def enlarge(self, x: Tensor) -> Tensor:
        """Pictures (n, 3, h, w) in [0, 1] to (n, 3, factor·h, factor·w) in [0, 1]."""
        dtype = next(self.network.parameters()).dtype
        return self._enlarge(x.to(dtype)).to(x.dtype).clamp(0, 1)


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
