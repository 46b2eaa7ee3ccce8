"""A network of the user's that removes, in one file: recognised, and made the folder of a role."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from text_replace_engine.models.networks import eraser
from text_replace_engine.models.weights import is_torchscript, unreadable
from text_replace_wire.errors import UserError

VARIANT = "lama"


def is_one(state: Mapping[str, Any]) -> bool:
    """Whether the weights are those of LaMa."""
    return eraser.weights_in(state) is not None


def write(state: Mapping[str, Any], path: Path, folder: Path) -> None:
    """Make a folder of the weights of a file, which `is_one`. Raises UserError where the file is a program,
    ModelDamaged where the weights do not fit together, and OSError.
    """
    if is_torchscript(path):
        raise UserError(
            f"“{path.name}” is a program (TorchScript) and not only weights: import LaMa as a state dict, or in "
            "safetensors form."
        )
    weights = eraser.weights_in(state) or {}
    if eraser.described(weights) is None:
        raise unreadable(path)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / eraser.WEIGHTS, {"format": "pt"})
