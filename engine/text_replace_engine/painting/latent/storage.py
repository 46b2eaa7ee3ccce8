"""Storage: weights kept in fewer digits than they compute with, where memory is short; a layer's are made whole while
it computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

#: What nearly all weights are in.
_LARGE = (nn.Linear, nn.Conv2d)


def kept(
    network: nn.Module, stored: torch.dtype, computing: torch.dtype, device: torch.device, whole: Sequence[str] = ()
) -> nn.Module:
    """A network on `device` that computes in one format and whose large layers are stored in another; all else, and
    modules with one of `whole` in their names, is stored as it computes.
    """
    network.requires_grad_(False).eval()
    for name, module in network.named_modules():
        is_large = isinstance(module, _LARGE) and not any(part in name for part in whole)
        # One after another: all together may not fit, and a graphics card is much quicker at it. Copies: the file they
        # were read from stays in memory, whole, as long as one tensor lies in it.
        _put(
            module,
            [
                weight.data.to(device).to(stored if is_large else computing, copy=True)
                for weight in module.parameters(recurse=False)
            ],
        )
        if is_large and stored is not computing:
            _widen_in_use(module, computing)
    # What is no parameter has to come too.
    return nn.Module.to(network, device)


def _widen_in_use(layer: nn.Module, computing: torch.dtype) -> None:
    stored: list[Tensor] = []

    # The layer comes as an argument: with one of their own, no network would be let go before a garbage collection.
    def widen(layer: nn.Module, _inputs: Any) -> None:
        stored[:] = [weight.data for weight in layer.parameters(recurse=False)]
        _put(layer, [weight.to(computing) for weight in stored])

    def narrow(layer: nn.Module, _inputs: Any, _output: Any) -> None:
        # Nothing was widened where the layer was cancelled before it began.
        if stored:
            _put(layer, stored)
            stored.clear()

    layer.register_forward_pre_hook(widen)
    # Also where the layer ran out of memory.
    layer.register_forward_hook(narrow, always_call=True)


def _put(module: nn.Module, weights: Iterable[Tensor]) -> None:
    for own, weight in zip(module.parameters(recurse=False), weights, strict=True):
        own.data = weight
