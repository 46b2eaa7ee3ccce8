"""Removing by a network made for that alone: LaMa (https://arxiv.org/abs/2109.07161), as `spandrel` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from text_replace_engine.cancellation import cancellable
from text_replace_engine.models.networks.snapshots import damaged, missing

if TYPE_CHECKING:
    from spandrel import MaskedImageModelDescriptor

#: Of its folder, the only file.
WEIGHTS = "model.safetensors"
#: A checkpoint's own, without what trained it; files of the network alone have the other beginning.
_PREFIXES = ("generator.", "model.model.")
_MARK = "model.1.bn_l.running_mean"


class Eraser:
    """Guesses what is behind a region."""

    #: Of which the sides of what it sees are multiples.
    multiple = 8

    def __init__(self, descriptor: MaskedImageModelDescriptor[Any], device: torch.device) -> None:
        self._network: Any = cancellable(descriptor.model.to(device).eval().requires_grad_(False))

    @classmethod
    def load(cls, folder: Path, device: torch.device) -> Eraser:
        """That of a folder. Raises ModelMissing and ModelDamaged."""
        try:
            descriptor = described(load_file(folder / WEIGHTS))
        except FileNotFoundError as error:
            raise missing(folder, WEIGHTS) from error
        except (SafetensorError, OSError) as error:
            raise damaged(folder, WEIGHTS) from error
        if descriptor is None:
            raise damaged(folder, WEIGHTS)
        return cls(descriptor, device)

    @torch.inference_mode()
    def erased(self, image: Tensor, mask: Tensor) -> Tensor:
        """An image (1, 3, h, w) in [0, 1] with other pixels where the mask (1, 1, h, w) is 1, else 0."""
        new: Tensor = self._network(image, mask)
        return new.clamp(0, 1)


def weights_in(state: Mapping[str, Any]) -> dict[str, Tensor] | None:
    """The network's tensors among those of a file; None where it is none."""
    if not any(name.endswith(_MARK) for name in state):
        return None
    own = {name: value for name, value in state.items() if name.startswith(_PREFIXES)}
    return {name: tensor.contiguous() for name, tensor in own.items() if isinstance(tensor, Tensor)}


def described(tensors: Mapping[str, Tensor]) -> MaskedImageModelDescriptor[Any] | None:
    """The network filled with its tensors; None where they do not fit."""
    # Takes a second to import, for the few who have one.
    from spandrel import MaskedImageModelDescriptor, ModelLoader, UnsupportedModelError

    try:
        found = ModelLoader("cpu").load_from_state_dict(dict(tensors))
    # Its architectures guess their size from the weights and fail in their own ways where those do not fit.
    except (UnsupportedModelError, KeyError, ValueError, RuntimeError, AssertionError):
        return None
    return found if isinstance(found, MaskedImageModelDescriptor) and found.input_channels == 3 else None
