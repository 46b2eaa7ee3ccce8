"""Model files: ROLE.json (configuration and the weights' SHA-256) beside ROLE.safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from text_replace_engine.models.files import check_file, damaged, file_sha256, read_json, write_whole

Config = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """One role's configuration and weights (float32), with the SHA-256 of the weights file.

    Weights that are float32 on disk stay there until they are used: the file is mapped into memory.
    """

    config: Config
    tensors: Mapping[str, Tensor]
    sha256: str
    #: Where fetched weights came from (`installed.Origin`); None for those that come with the engine.
    origin: Mapping[str, Any] | None = None


def read_role(folder: Path, role: str) -> Stored:
    """Read and verify a role's two files.

    Raises ModelMissing when one is absent and ModelDamaged when contents and hash disagree.
    """
    description, weights = read_json(folder / f"{role}.json"), folder / f"{role}.safetensors"
    check_file(weights, description.get("sha256"))
    try:
        tensors = {
            name: tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in load_file(weights).items()
        }
        return Stored(description["config"], tensors, description["sha256"], description.get("origin"))
    except (SafetensorError, KeyError) as error:
        raise damaged(weights) from error


def write_role(
    folder: Path,
    role: str,
    config: Config,
    tensors: Mapping[str, Tensor],
    dtype: torch.dtype = torch.float16,
    origin: Mapping[str, Any] | None = None,
) -> None:
    """Write a role's files, weights in `dtype`; each file is replaced as a whole.

    origin: where the weights came from, for models that were fetched (`installed.Origin`).
    """
    stored = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in tensors.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / f"{role}.safetensors"
    partial = weights.with_name(weights.name + ".partial")
    save_file(_unshared(stored), partial)
    description: Config = {"sha256": file_sha256(partial), "config": config}
    if origin is not None:
        description["origin"] = dict(origin)
    partial.replace(weights)
    write_whole(folder / f"{role}.json", (json.dumps(description, indent=1) + "\n").encode())


def _unshared(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of which no two share memory, as the file format wants it."""
    seen: set[int] = set()
    result = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        result[name] = tensor.clone() if place in seen else tensor
        seen.add(place)
    return result


def fill(network: nn.Module, tensors: Mapping[str, Tensor], path: str) -> None:
    """Give a network, which may be on the meta device, these very tensors as its weights.

    Raises ModelDamaged unless they fit exactly.
    """
    try:
        network.load_state_dict(dict(tensors), assign=True)
    except RuntimeError as error:
        raise damaged(Path(path)) from error
