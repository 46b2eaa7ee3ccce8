"""The painter's files as the hub has them: a folder for every network of Stable Diffusion, one for the few steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils.logging import disable_progress_bar

from text_replace_engine import devices
from text_replace_engine.models.files import read_json
from text_replace_engine.painting.latent.autoencoder import LayerwiseAutoencoder, TinyDecoder, approximated
from text_replace_engine.painting.latent.few_steps import merge
from text_replace_engine.painting.latent.networks import LatentNetworks, PromptEncoder, Unet
from text_replace_wire.errors import ModelDamaged, ModelError, TextReplaceError

PAINTER, FEW_STEPS, PREVIEWS = "painter", "few-steps", "previews"
_FEW_STEPS_FILE = "pytorch_lora_weights.safetensors"
#: Latents, the mask, and latents of the masked picture.
_INPAINTING = 9


def load_networks(folder: Path, device: torch.device, dtype: torch.dtype | None, few_steps: bool) -> LatentNetworks:
    """Stable Diffusion from the snapshots `PAINTER` and `FEW_STEPS` in a folder, in `dtype`; None: in what is fastest
    on `device`. Its previews are made by `PREVIEWS`, where that is there. few_steps: whether it paints in few steps at
    first.

    Raises ModelMissing, ModelDamaged and OutOfMemory; ModelError for a network that is not made for inpainting.
    """
    # Whoever asked for an edit hears of it otherwise.
    disable_progress_bar()
    painter, update = folder / PAINTER, folder / FEW_STEPS / _FEW_STEPS_FILE
    channels = read_json(painter / "unet" / "config.json").get("in_channels")
    if channels != _INPAINTING:
        raise ModelError(
            f"The painter's network takes {channels} channels and not {_INPAINTING}, so it is not made for inpainting: "
            "install one that is."
        )
    chosen = dtype or devices.fastest_dtype(device, _count(painter / "unet"))

    def unet(few_steps: bool) -> Any:
        network = _network(UNet2DConditionModel, painter / "unet", _format_to_merge_in(chosen))
        if few_steps:
            with _reading(FEW_STEPS):
                merge(load_file(update), network)
        return _ready(network, device, chosen)

    text = _network(CLIPTextModel, painter / "text_encoder", chosen)
    with _reading("tokenizer"):
        tokenizer = CLIPTokenizer.from_pretrained(painter / "tokenizer", local_files_only=True)
        # Without its vocabulary it would be silently wrong.
        known = (len(tokenizer), tokenizer.model_max_length)
        if known != (text.config.vocab_size, text.config.max_position_embeddings):
            raise ValueError(f"it has {known} words and places")
    with _reading("scheduler"):
        schedule = DDIMScheduler.load_config(painter / "scheduler", local_files_only=True)
    vae = _network(AutoencoderKL, painter / "vae", chosen)
    return LatentNetworks(
        unet=Unet(unet, few_steps),
        autoencoder=LayerwiseAutoencoder(_ready(vae, device, chosen)),
        prompts=PromptEncoder(tokenizer, _ready(text, device, chosen)),
        schedule=schedule,
        shown=_shown(folder / PREVIEWS, device, chosen),
    )


def _shown(folder: Path, device: torch.device, dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    """How latents are shown."""
    if not folder.is_dir():
        return approximated
    return TinyDecoder(_ready(_network(AutoencoderTiny, folder, dtype), device, dtype))


def _network(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    """A network of the libraries, all of whose weights were in its files."""
    with _reading(folder.name):
        network, report = kind.from_pretrained(
            folder,
            dtype=dtype,
            variant=_variant(folder),
            use_safetensors=True,
            local_files_only=True,
            # Less of it takes another library, and the files are mapped into memory anyway.
            low_cpu_mem_usage=False,
            output_loading_info=True,
        )
        lacking = [*report["missing_keys"], *report["mismatched_keys"], *report["error_msgs"]]
        if lacking:
            raise ValueError(f"no weights for {lacking}")
        return network


def _variant(folder: Path) -> str | None:
    """Which of a network's files are read: those of 16 bits, where there are some."""
    return "fp16" if any(folder.glob("*.fp16*.safetensors")) else None


def _count(folder: Path) -> int:
    """Of a network's weights."""
    variant = _variant(folder)
    files = folder.glob("*.safetensors" if variant is None else f"*.{variant}*.safetensors")
    total = 0
    with _reading(folder.name):
        for file in files:
            with safe_open(file, "pt") as weights:
                total += sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    return total


def _format_to_merge_in(dtype: torch.dtype) -> torch.dtype:
    """bfloat16 would round twice, and float32 takes twice the memory."""
    return torch.float32 if dtype is torch.float32 else torch.float16


def _ready(network: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    # diffusers' own `to` warns of what does not concern these networks.
    nn.Module.to(network.requires_grad_(False).eval(), device, dtype)
    # Convolutions are faster with the channels last, or as fast, on processors and on graphics cards.
    return network.to(memory_format=torch.channels_last)


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Raises ModelDamaged for the many errors by which the libraries say that they cannot read a file."""
    try:
        with devices.memory_guard():
            yield
    except TextReplaceError:
        raise
    # They have no error in common, and one of them raises plain ones.
    except Exception as error:
        raise ModelDamaged(
            f"The photo models' files in “{what}” are damaged or missing; run “text-replace models pull photo” again."
        ) from error
