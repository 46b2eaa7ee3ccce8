"""The few steps: a low-rank update by which a U-Net paints in 4 to 8 steps (LCM-LoRA, https://arxiv.org/abs/2311.05556),
merged into its weights.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

#: How kohya's files name what belongs to the U-Net: the module's name with “_” for “.”.
_PREFIX = "lora_unet_"
_DOWN, _UP, _ALPHA = "lora_down.weight", "lora_up.weight", "alpha"


@torch.no_grad()
def merge(update: Mapping[str, Tensor], unet: nn.Module) -> None:
    """Add up · down · alpha / rank to every weight that `update` names (alpha is the rank where it names none).

    update: lora_down.weight (rank, inputs, …), lora_up.weight (outputs, rank, …) and alpha of each layer. The sums are
    made in float32 and kept in the weights' own format. Raises ValueError where it does not fit the U-Net.
    """
    modules = {f"{_PREFIX}{name.replace('.', '_')}": module for name, module in unet.named_modules()}
    layers: dict[str, dict[str, Tensor]] = {}
    for key, tensor in update.items():
        layer, _, part = key.partition(".")
        layers.setdefault(layer, {})[part] = tensor.float()
    if not layers:
        raise ValueError("it is empty")
    for layer, parts in layers.items():
        weight = getattr(modules.get(layer), "weight", None)
        if weight is None or not {_DOWN, _UP} <= parts.keys() <= {_DOWN, _UP, _ALPHA}:
            raise ValueError(f"it has {sorted(parts)} for {layer}")
        change = _change(parts[_DOWN], parts[_UP], parts.get(_ALPHA))
        if change.shape != weight.shape:
            raise ValueError(f"{layer} is {tuple(weight.shape)}, its change {tuple(change.shape)}")
        weight.copy_(weight.float() + change.to(weight.device))


def _change(down: Tensor, up: Tensor, alpha: Tensor | None) -> Tensor:
    rank = down.shape[0]
    product = torch.einsum("or,r...->o...", up.flatten(1), down)
    return product if alpha is None else product * (float(alpha) / rank)
