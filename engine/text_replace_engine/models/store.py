"""Model files: ROLE.json (configuration and the weights' SHA-256) beside ROLE.safetensors (half precision)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from text_replace_wire.errors import ModelDamaged, ModelMissing
from torch import Tensor, nn

Config = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """One role's configuration and weights (float32), with the SHA-256 of the weights file."""

    config: Config
    tensors: Mapping[str, Tensor]
    sha256: str


def read_role(folder: Path, role: str) -> Stored:
    """Read and verify a role's two files.

    Raises ModelMissing when one is absent and ModelDamaged when contents and hash disagree.
    """
    description = read_json(folder / f"{role}.json")
    contents = read_verified(folder / f"{role}.safetensors", description.get("sha256"))
    try:
        tensors = {
            name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in load(contents).items()
        }
        return Stored(description["config"], tensors, description["sha256"])
    except (SafetensorError, KeyError) as error:
        raise _damaged(folder / f"{role}.safetensors") from error


def read_json(path: Path) -> Config:
    """Read a JSON object; raises ModelMissing or ModelDamaged."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelMissing(f"The model file {path.name} is missing; install Text Replace again.") from error
    except (ValueError, OSError) as error:
        raise _damaged(path) from error
    if not isinstance(table, dict):
        raise _damaged(path)
    return table


def read_verified(path: Path, sha256: str | None) -> bytes:
    """Read a file whose SHA-256 must be `sha256`; raises ModelMissing or ModelDamaged."""
    try:
        contents = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelMissing(f"The model file {path.name} is missing; install Text Replace again.") from error
    except OSError as error:
        raise _damaged(path) from error
    if hashlib.sha256(contents).hexdigest() != sha256:
        raise _damaged(path)
    return contents


def write_role(folder: Path, role: str, config: Config, tensors: Mapping[str, Tensor]) -> None:
    """Write a role's files, weights in half precision; each file is replaced as a whole."""
    halves = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).detach().cpu().contiguous().clone()
        for name, tensor in tensors.items()
    }
    contents = save(halves)
    description = {"sha256": hashlib.sha256(contents).hexdigest(), "config": config}
    write_whole(folder / f"{role}.safetensors", contents)
    write_whole(folder / f"{role}.json", (json.dumps(description, indent=1) + "\n").encode())


def write_whole(path: Path, contents: bytes) -> None:
    """Write a file through a temporary name, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(contents)
    partial.replace(path)


def fill(network: nn.Module, tensors: Mapping[str, Tensor], path: str) -> None:
    """Load weights that must fit exactly; raises ModelDamaged otherwise."""
    try:
        network.load_state_dict(dict(tensors))
    except RuntimeError as error:
        raise _damaged(Path(path)) from error


def _damaged(path: Path) -> ModelDamaged:
    return ModelDamaged(f"The model file {path.name} is damaged; install Text Replace again.")
