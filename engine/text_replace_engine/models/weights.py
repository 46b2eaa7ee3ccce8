"""Files of weights in the forms in which they are published. Nothing is unpickled but plain data."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from text_replace_wire.errors import ModelDamaged

ENDINGS = (".pt", ".pth", ".bin", ".ckpt", ".safetensors")
_WRAPPERS = ("state_dict", "model")


class _Nothing:
    """Stands for a class of the training program, which checkpoints of Stable Diffusion name, and nobody needs."""


#: https://github.com/huggingface/diffusers/issues/8874
_NAMED = (_Nothing, "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint")


def read_weights(path: Path) -> Mapping[str, Any]:
    """The tensors in a file, by name, and whatever else stands among them.

    Raises ModelDamaged for a file that cannot be read safely.
    """
    if path.suffix.lower() == ".safetensors":
        return _read_safetensors(path)
    return _read_torchscript(path) if is_torchscript(path) else _read_torch(path)


def is_torchscript(path: Path) -> bool:
    """Whether it is an archive that holds a program, as OpenAI published CLIP."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def unreadable(path: Path) -> ModelDamaged:
    """For a file that is not what its name says."""
    return ModelDamaged(f"“{path.name}” is damaged, or is no file of weights that can be read safely: fetch it again.")


def _read_safetensors(path: Path) -> Mapping[str, Any]:
    try:
        tensors: dict[str, Tensor] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise unreadable(path) from error
    return tensors


def _read_torchscript(path: Path) -> Mapping[str, Any]:
    """The weights of such an archive; its program is loaded, by torch's own reader, but never run."""
    try:
        return dict(torch.jit.load(path, map_location="cpu").state_dict())  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        raise unreadable(path) from error


def _read_torch(path: Path) -> Mapping[str, Any]:
    try:
        with torch.serialization.safe_globals([_NAMED]):
            state = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, KeyError, TypeError, OSError) as error:
        raise unreadable(path) from error
    for wrapper in _WRAPPERS:
        if isinstance(state, Mapping) and isinstance(state.get(wrapper), Mapping):
            state = state[wrapper]
    if not isinstance(state, Mapping):
        raise unreadable(path)
    return state
