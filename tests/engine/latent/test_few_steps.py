"""The few steps' update, merged into a network's weights."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.engine.models.small_painter import ALPHA, RANK
from text_replace_engine.painting.latent.sd15.few_steps import merge


class _Network(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)
        self.linear = nn.Linear(6, 4)


def _update() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {
        "lora_unet_conv.lora_down.weight": torch.randn(RANK, 3, 3, 3),
        "lora_unet_conv.lora_up.weight": torch.randn(5, RANK, 1, 1),
        "lora_unet_conv.alpha": torch.tensor(ALPHA),
        "lora_unet_linear.lora_down.weight": torch.randn(RANK, 6),
        "lora_unet_linear.lora_up.weight": torch.randn(4, RANK),
        "lora_unet_linear.alpha": torch.tensor(ALPHA),
    }


@torch.no_grad()
def test_the_update_is_what_its_layers_would_add() -> None:
    """A merged layer gives what the layer gives plus alpha / rank times what the two matrices give, one after another:
    a low-rank adapter as peft attaches it.
    """
    network, update = _Network(), _update()
    picture, vector = torch.randn(2, 3, 7, 7), torch.randn(2, 6)
    down, up = update["lora_unet_conv.lora_down.weight"], update["lora_unet_conv.lora_up.weight"]
    added = nn.functional.conv2d(nn.functional.conv2d(picture, down), up)
    convolved = network.conv(picture) + added * ALPHA / RANK
    down, up = update["lora_unet_linear.lora_down.weight"], update["lora_unet_linear.lora_up.weight"]
    mapped = network.linear(vector) + vector @ down.T @ up.T * ALPHA / RANK
    merge(update, network)
    assert (network.conv(picture) - convolved).abs().max() < 1e-5
    assert (network.linear(vector) - mapped).abs().max() < 1e-5


@torch.no_grad()
def test_without_an_alpha_it_is_the_rank() -> None:
    """As kohya's files mean it: the matrices' product as it is."""
    network, update = _Network(), _update()
    before = network.linear.weight.clone()
    del update["lora_unet_linear.alpha"]
    merge(update, network)
    product = update["lora_unet_linear.lora_up.weight"] @ update["lora_unet_linear.lora_down.weight"]
    assert (network.linear.weight - before - product).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("gone", "more"),
    [
        ("lora_unet_conv.lora_up.weight", {}),
        (
            "",
            {
                "lora_unet_other.lora_down.weight": torch.zeros(4, 3),
                "lora_unet_other.lora_up.weight": torch.zeros(3, 4),
            },
        ),
        ("", {"lora_te_text.lora_down.weight": torch.zeros(4, 3)}),
        ("", {"lora_unet_linear.lora_up.weight": torch.zeros(9, RANK)}),
        ("", {"lora_unet_linear.dora_scale": torch.zeros(1)}),
    ],
    ids=["half of a layer", "a layer that there is not", "of another network", "of another size", "of another kind"],
)
def test_an_update_of_another_network_is_refused(gone: str, more: dict[str, Tensor]) -> None:
    """Nothing is left out in silence: with half of an update merged, a network paints noise."""
    update = {key: tensor for key, tensor in {**_update(), **more}.items() if key != gone}
    with pytest.raises(ValueError):
        merge(update, _Network())


def test_an_empty_update_is_refused() -> None:
    """With nothing merged, few steps paint a blur."""
    with pytest.raises(ValueError):
        merge({}, _Network())
