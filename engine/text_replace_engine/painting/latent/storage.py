"""Storage: weights kept in the 16 bits that they were published in, where float32 is computed in: half the memory, the
same pixels.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

#: What nearly all weights of a U-Net are in.
_LARGE = (nn.Linear, nn.Conv2d)


def widen_in_use(network: nn.Module) -> nn.Module:
    """The same network, whose large layers have their weights in float32 while they compute, and as they were at other
    times. All others are float32 from now on.
    """
    for module in network.modules():
        own = list(module.parameters(recurse=False))
        if isinstance(module, _LARGE):
            _widen_in_use(module, own)
        else:
            _put(own, [weight.data.float() for weight in own])
    return network


def _widen_in_use(layer: nn.Module, own: list[nn.Parameter]) -> None:
    # Copies: the file they were read from stays in memory, whole, as long as one tensor lies in it.
    stored = [weight.data.clone() for weight in own]
    _put(own, stored)

    def widen(_layer: nn.Module, _inputs: Any) -> None:
        _put(own, [weight.float() for weight in stored])

    def narrow(_layer: nn.Module, _inputs: Any, _output: Any) -> None:
        _put(own, stored)

    layer.register_forward_pre_hook(widen)
    # Also where the layer ran out of memory.
    layer.register_forward_hook(narrow, always_call=True)


def _put(weights: list[nn.Parameter], data: list[Tensor]) -> None:
    for weight, tensor in zip(weights, data, strict=True):
        weight.data = tensor
