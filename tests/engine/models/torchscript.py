"""Files in the form of OpenAI's CLIP: archives of a program with its weights."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn


class _Branch(nn.Module):
    """Holds weights under names with dots."""


def as_torchscript(state: Mapping[str, Tensor], path: Path) -> None:
    """Write a state dict as such an archive."""
    root = _Branch()
    for name, tensor in state.items():
        *branches, leaf = name.split(".")
        node: nn.Module = root
        for branch in branches:
            if branch not in node._modules:
                node.add_module(branch, _Branch())
            node = node.get_submodule(branch)
        node.register_parameter(leaf, nn.Parameter(tensor, requires_grad=False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        torch.jit.save(torch.jit.script(root), path)
