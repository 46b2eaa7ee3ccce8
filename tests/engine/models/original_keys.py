"""Stable Diffusion in small, in one file under its authors' names, and as the hub's folders: the same weights."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tests.engine.models.small_painter import TEXT, VAE, write_snapshot

#: As narrow as 32 groups and 8 heads allow, in the proportions of the published ones.
_CHANNELS = (32, 64, 128, 128)
_TEXT_WIDTH = 64
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def networks(channels: int = 9) -> tuple[nn.Module, nn.Module, nn.Module]:
    """U-Net, autoencoder and text encoder, their numbers such as 16 bits hold."""
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=64, in_channels=channels, block_out_channels=_CHANNELS, cross_attention_dim=_TEXT_WIDTH
    )
    vae = AutoencoderKL(**VAE, block_out_channels=_CHANNELS, layers_per_block=2, sample_size=512)
    text = CLIPTextConfig(
        **TEXT,
        hidden_size=_TEXT_WIDTH,
        intermediate_size=96,
        num_attention_heads=1,
        num_hidden_layers=2,
        projection_dim=_TEXT_WIDTH,
    )
    return unet.half(), vae.half(), CLIPTextModel(text).half()


def single_file(unet: nn.Module, vae: nn.Module, text: nn.Module) -> dict[str, Tensor]:
    """All weights in 32 bits, as a file has them; and what nobody needs."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in unet.state_dict().items():
        tensors[f"model.diffusion_model.{_unet_name(name)}"] = tensor
    for name, tensor in vae.state_dict().items():
        is_attention = "attentions" in name and tensor.ndim == 2
        tensors[f"first_stage_model.{_vae_name(name)}"] = tensor[:, :, None, None] if is_attention else tensor
    for name, tensor in text.state_dict().items():
        tensors[f"cond_stage_model.transformer.text_model.{name.removeprefix('text_model.')}"] = tensor
    tensors["cond_stage_model.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[None]
    tensors["betas"] = torch.rand(1000)
    return {name: tensor.float().contiguous().clone() for name, tensor in tensors.items()}


def hub_folder(folder: Path, parts: tuple[nn.Module, nn.Module, nn.Module]) -> Path:
    """The same networks as the hub would have them."""
    return write_snapshot(folder, *parts)


def _unet_name(name: str) -> str:
    ends = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2"}
    ends |= {"conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2"}
    block, rest = _split(name, [*ends, *(old for old, _ in _unet_blocks())])
    if "resnets" in block:
        rest = _renamed(rest, _RESNET)
    return f"{(ends | dict(_unet_blocks()))[block]}.{rest}"


def _unet_blocks() -> Iterable[tuple[str, str]]:
    for i in range(4):
        for j in range(2):
            yield f"down_blocks.{i}.resnets.{j}", f"input_blocks.{3 * i + j + 1}.0"
            yield f"down_blocks.{i}.attentions.{j}", f"input_blocks.{3 * i + j + 1}.1"
        for j in range(3):
            yield f"up_blocks.{i}.resnets.{j}", f"output_blocks.{3 * i + j}.0"
            yield f"up_blocks.{i}.attentions.{j}", f"output_blocks.{3 * i + j}.1"
        yield f"down_blocks.{i}.downsamplers.0.conv", f"input_blocks.{3 * i + 3}.0.op"
        yield f"up_blocks.{i}.upsamplers.0", f"output_blocks.{3 * i + 2}.{2 if i else 1}"
    yield from (("mid_block.resnets.0", "middle_block.0"), ("mid_block.attentions.0", "middle_block.1"))
    yield "mid_block.resnets.1", "middle_block.2"


def _vae_name(name: str) -> str:
    for i in range(4):
        name = name.replace(f"down_blocks.{i}.resnets.", f"down.{i}.block.")
        name = name.replace(f"down_blocks.{i}.downsamplers.0", f"down.{i}.downsample")
        name = name.replace(f"up_blocks.{i}.resnets.", f"up.{3 - i}.block.")
        name = name.replace(f"up_blocks.{i}.upsamplers.0", f"up.{3 - i}.upsample")
    for i in range(2):
        name = name.replace(f"mid_block.resnets.{i}", f"mid.block_{i + 1}")
    if "attentions" in name:
        block, rest = name.split("mid_block.attentions.0.")
        return f"{block}mid.attn_1.{_renamed(rest, _ATTENTION)}"
    return name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")


def _split(name: str, blocks: Iterable[str]) -> tuple[str, str]:
    block = next(block for block in blocks if name.startswith(f"{block}."))
    return block, name[len(block) + 1 :]


def _renamed(name: str, names: dict[str, str]) -> str:
    new, old = next((new, old) for new, old in names.items() if name.startswith(f"{new}."))
    return old + name[len(new) :]


def wrapped(tensors: dict[str, Tensor]) -> dict[str, Any]:
    """As the training program saved it."""
    return {"state_dict": tensors, "global_step": 0}
