"""Stable Diffusion 1.5 for inpainting as one file with its authors' names of the weights
(https://github.com/CompVis/stable-diffusion), as other programs keep it: recognised, and made the hub's folders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from text_replace_engine.models.fetching.selection import PIPELINE
from text_replace_engine.models.photo.clip_tokens import CONTEXT, write_tokenizer
from text_replace_engine.models.weights import unreadable
from text_replace_wire.errors import UserError

_UNET, _VAE, _TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer."
_FIRST = f"{_UNET}input_blocks.0.0.weight"
#: How newer versions name their text encoders.
_NEWER = {"conditioner.embedders.": "Stable Diffusion XL", "cond_stage_model.model.": "Stable Diffusion 2"}
#: Latents, the mask, and latents of the masked picture.
_CHANNELS = 9
#: Of a network's first channels, those at its four sizes.
_WIDTHS = (1, 2, 4, 4)
#: Of CLIP's text encoder: channels of a head, and which token is which.
_HEAD = 64
_TOKENS = {"vocab_size": 49408, "bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 1}
#: The noise that it has learnt (https://arxiv.org/abs/2112.10752), on a grid of 1000.
_NOISE: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def is_one(state: Mapping[str, Any]) -> bool:
    """Whether the weights are those of Stable Diffusion, of whatever version, under its authors' names."""
    return isinstance(state.get(_FIRST), Tensor)


def check(state: Mapping[str, Any], path: Path) -> None:
    """Raises UserError for the weights of a file, `is_one`, that is not Stable Diffusion 1.5 for inpainting, or not all
    of it.
    """
    for prefix, version in _NEWER.items():
        if any(name.startswith(prefix) for name in state):
            raise UserError(f"“{path.name}” is {version}: the photo models take Stable Diffusion 1.5 for inpainting.")
    channels = state[_FIRST].shape[1]
    if channels != _CHANNELS:
        raise UserError(
            f"The network in “{path.name}” takes {channels} channels and not {_CHANNELS}, so it cannot fill in a "
            "region: import a Stable Diffusion 1.5 for inpainting."
        )
    for prefix, part in ((_VAE, "autoencoder"), (_TEXT, "text encoder")):
        if not any(name.startswith(prefix) for name in state):
            raise UserError(f"“{path.name}” lacks the {part}: import a file with all of Stable Diffusion 1.5.")


def write(state: Mapping[str, Any], path: Path, folder: Path) -> None:
    """Make a folder as the hub has it of the weights of a file, `check`ed, in 16 bits.

    Raises ModelDamaged where they do not fit together, and OSError.
    """
    from diffusers import DDIMScheduler

    try:
        _write_unet(state, folder / "unet")
        _write_vae(state, folder / "vae")
        _write_text_encoder(state, folder / "text_encoder")
    except (KeyError, ValueError, IndexError) as error:
        raise unreadable(path) from error
    write_tokenizer(folder / "tokenizer")
    # Whoever paints takes another kind with these numbers.
    DDIMScheduler(**_NOISE, steps_offset=1, set_alpha_to_one=False, clip_sample=False).save_pretrained(
        folder / "scheduler"
    )
    parts = {
        "scheduler": ("diffusers", "DDIMScheduler"),
        "text_encoder": ("transformers", "CLIPTextModel"),
        "tokenizer": ("transformers", "CLIPTokenizer"),
        "unet": ("diffusers", "UNet2DConditionModel"),
        "vae": ("diffusers", "AutoencoderKL"),
    }
    index = {"_class_name": "StableDiffusionInpaintPipeline", **parts}
    (folder / PIPELINE).write_text(json.dumps(index, indent=2), encoding="utf-8")


def _write_unet(state: Mapping[str, Any], folder: Path) -> None:
    from diffusers import UNet2DConditionModel
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    texts = state[f"{_UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"].shape[1]
    with torch.device("meta"):
        network = UNet2DConditionModel(
            sample_size=64,
            in_channels=_CHANNELS,
            block_out_channels=_widths(state[_FIRST]),
            cross_attention_dim=texts,
        )
    network.save_config(folder)
    weights = convert_ldm_unet_checkpoint(_of(state, _UNET), network.config)
    _write_weights(network, weights, folder / "diffusion_pytorch_model.fp16.safetensors")


def _write_vae(state: Mapping[str, Any], folder: Path) -> None:
    from diffusers import AutoencoderKL
    from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

    with torch.device("meta"):
        network = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * len(_WIDTHS),
            up_block_types=("UpDecoderBlock2D",) * len(_WIDTHS),
            block_out_channels=_widths(state[f"{_VAE}encoder.conv_in.weight"]),
            layers_per_block=2,
            sample_size=512,
        )
    network.save_config(folder)
    weights = convert_ldm_vae_checkpoint(_of(state, _VAE), network.config)
    _write_weights(network, weights, folder / "diffusion_pytorch_model.fp16.safetensors")


def _write_text_encoder(state: Mapping[str, Any], folder: Path) -> None:
    from transformers import CLIPTextConfig, CLIPTextModel

    # Its library left out the outer name at some time, and may be of before or after that.
    weights = {_inner(name.removeprefix(_TEXT)): tensor for name, tensor in _of(state, _TEXT).items()}
    places, width = weights["embeddings.position_embedding.weight"].shape
    if places != CONTEXT:
        raise ValueError(f"{places} places")
    config = CLIPTextConfig(
        **_TOKENS,
        hidden_size=width,
        intermediate_size=len(weights["encoder.layers.0.mlp.fc1.weight"]),
        num_hidden_layers=len({name.split(".")[2] for name in weights if name.startswith("encoder.layers.")}),
        num_attention_heads=max(1, width // _HEAD),
        projection_dim=width,
    )
    config.save_pretrained(folder)
    with torch.device("meta"):
        network = CLIPTextModel(config)
    own = {name: weights[_inner(name)] for name in network.state_dict()}
    _write_weights(network, own, folder / "model.fp16.safetensors")


def _inner(name: str) -> str:
    return name.removeprefix("text_model.")


def _widths(first: Tensor) -> tuple[int, ...]:
    return tuple(len(first) * times for times in _WIDTHS)


def _of(state: Mapping[str, Any], prefix: str) -> dict[str, Tensor]:
    """The library warns of what else is in the file."""
    return {name: tensor for name, tensor in state.items() if name.startswith(prefix) and isinstance(tensor, Tensor)}


def _write_weights(network: nn.Module, weights: Mapping[str, Tensor], file: Path) -> None:
    """Raises ValueError where they are not a network's own, KeyError where one is missing."""
    tensors = {}
    for name, wanted in network.state_dict().items():
        if weights[name].shape != wanted.shape:
            raise ValueError(f"{name} is {tuple(weights[name].shape)} and not {tuple(wanted.shape)}")
        tensors[name] = weights[name].to(torch.float16).contiguous()
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, file, {"format": "pt"})
