"""The reference implementation, guided-diffusion-sdk, as the oracle, with weights that make comparisons meaningful."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from guided_diffusion import nn as reference_nn
from guided_diffusion import unet as reference_unet
from guided_diffusion.script_util import create_model_and_diffusion, model_and_diffusion_defaults
from torch import Tensor, nn

from text_replace_engine.models.full.adm import ARCHITECTURES, Architecture, converted, denoiser_config
from text_replace_engine.models.networks.denoiser import Denoiser, build_denoiser

#: Small enough for every run of the suite: the same levels, blocks and attention with few channels.
SMALL = {
    "256": dataclasses.replace(ARCHITECTURES[0], width=32, head_width=16, parameters=0),
    "512-class": dataclasses.replace(ARCHITECTURES[1], width=64, head_width=16, parameters=0),
    "512": dataclasses.replace(ARCHITECTURES[2], width=64, head_width=16, parameters=0),
}


def reference(architecture: Architecture, seed: int = 0) -> nn.Module:
    """The reference's network with random weights; its own initialisation has zeros that would hide mistakes."""
    return randomised(untrained(architecture), seed).eval().requires_grad_(False)


def untrained(architecture: Architecture) -> nn.Module:
    """The reference's network as it makes it."""
    options = model_and_diffusion_defaults()
    options.update(
        image_size=architecture.size,
        num_channels=architecture.width,
        num_head_channels=architecture.head_width,
        class_cond=architecture.class_conditional,
        use_new_attention_order=architecture.new_attention_order,
        attention_resolutions="32,16,8",
        learn_sigma=True,
        noise_schedule="linear",
        num_res_blocks=2,
        resblock_updown=True,
        use_scale_shift_norm=True,
        rescale_timesteps=True,
    )
    network: nn.Module = create_model_and_diffusion(**options)[0]
    return network


@torch.no_grad()
def randomised(network: nn.Module, seed: int) -> nn.Module:
    """Every weight drawn anew, at a size that keeps activations near 1."""
    rng = torch.Generator().manual_seed(seed)
    for name, weight in network.named_parameters():
        noise = torch.randn(weight.shape, generator=rng)
        if weight.ndim > 1:
            weight.copy_(noise / math.sqrt(weight[0].numel()))
        else:
            weight.copy_(1 + 0.2 * noise if name.endswith("weight") else 0.1 * noise)
    return network


def ours(network: nn.Module, architecture: Architecture) -> Denoiser:
    """The reference's weights through the converter, in the engine's own denoiser."""
    config = denoiser_config(architecture)
    unet = build_denoiser(config)
    unet.load_state_dict(converted(network.state_dict(), architecture))
    return Denoiser(unet.eval().requires_grad_(False), config)


def in_double_precision(patch: pytest.MonkeyPatch) -> None:
    """Take out the reference's hard casts to float32."""
    as_float = Tensor.float
    embedding = reference_nn.timestep_embedding

    def group_norm(self: nn.GroupNorm, x: Tensor) -> Tensor:
        return nn.functional.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    patch.setattr(reference_nn.GroupNorm32, "forward", group_norm)
    patch.setattr(reference_unet, "timestep_embedding", lambda t, width: embedding(t, width).double())
    patch.setattr(Tensor, "float", lambda self: self if self.dtype == torch.float64 else as_float(self))
