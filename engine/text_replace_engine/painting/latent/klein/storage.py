"""How weights are kept in memory: where it is short in fewer digits than they compute with, and then made whole layer
by layer, whenever one is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from diffusers.hooks import apply_layerwise_casting
from torch import nn

#: As weights can be kept that compute in more digits, best first.
_SHORTER = (torch.bfloat16, torch.float8_e4m3fn)

#: Bytes of a weight in the fewest digits.
LEAST_ITEMSIZE = _SHORTER[-1].itemsize


def stored_as(computing: torch.dtype, weights: int, room: int) -> torch.dtype:
    """How so many weights fit best into `room` bytes; in the fewest digits where they do not."""
    return next((each for each in _formats(computing) if weights * each.itemsize <= room), _SHORTER[-1])


def read_as(computing: torch.dtype, stored: torch.dtype) -> torch.dtype:
    """In which format to read weights that are then `kept`: files have 16 bits."""
    return computing if stored is computing else torch.bfloat16


def kept(
    network: nn.Module, stored: torch.dtype, computing: torch.dtype, whole: Sequence[str], device: torch.device
) -> nn.Module:
    """A network on `device` that computes in one format and is stored in another; modules with one of `whole` in their
    names are stored as they compute.
    """
    network.requires_grad_(False).eval()
    for name, parameter in network.named_parameters():
        # One after another: all together may not fit, and a graphics card is much quicker at it.
        there = parameter.data.to(device)
        parameter.data = there.to(computing if any(part in name for part in whole) else stored)
    # What is no parameter has to come too.
    nn.Module.to(network, device)
    if stored is not computing:
        apply_layerwise_casting(network, stored, computing, tuple(whole))
    return network


def _formats(computing: torch.dtype) -> tuple[torch.dtype, ...]:
    return computing, *(each for each in _SHORTER if each.itemsize < computing.itemsize)
