"""The painter's files as the hub has them: a folder for every network of Stable Diffusion, one for the few steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils.logging import disable_progress_bar

from text_replace_engine import devices
from text_replace_engine.models.fetching.selection import LORA
from text_replace_engine.models.files import read_json
from text_replace_engine.models.photo.roles import FEW_STEPS, PAINTER, PREVIEWS, remedy
from text_replace_engine.painting.latent.autoencoder import LayerwiseAutoencoder, TinyDecoder, approximated
from text_replace_engine.painting.latent.reading import count, network, reading, ready
from text_replace_engine.painting.latent.sd15.few_steps import merge
from text_replace_engine.painting.latent.sd15.memory import is_short
from text_replace_engine.painting.latent.sd15.networks import LatentNetworks, PromptEncoder, Unet
from text_replace_engine.painting.latent.storage import kept
from text_replace_wire.errors import ModelError

#: In which the U-Net's weights were published, and are merged, whatever is computed in: bfloat16 would round twice, and
#: with float32 memory would decide about the picture, since that is not what is kept where it is short.
_PUBLISHED = torch.float16
#: Latents, the mask, and latents of the masked picture.
_INPAINTING = 9


def load_networks(
    folder: Path, device: torch.device, dtype: torch.dtype | None, few_steps: bool, verify: Callable[[str], object]
) -> LatentNetworks:
    """Stable Diffusion from the snapshots `PAINTER` and `FEW_STEPS` in a folder, in `dtype`; None: in what is fastest
    on `device`. Its previews are made by `PREVIEWS`, where that is there, and as far as `verify`, which is told of it,
    raises no ModelError. few_steps: whether it paints in few steps at first.

    Raises ModelMissing, ModelDamaged and OutOfMemory; ModelError for a network that is not made for inpainting.
    """
    # Whoever asked for an edit hears of it otherwise.
    disable_progress_bar()
    painter, update = folder / PAINTER, folder / FEW_STEPS / LORA
    channels = read_json(painter / "unet" / "config.json").get("in_channels")
    if channels != _INPAINTING:
        raise ModelError(
            f"The painter's network takes {channels} channels and not {_INPAINTING}, so it is not made for inpainting: "
            f"{remedy(PAINTER)}."
        )
    weights = count(painter / "unet")
    chosen = dtype or devices.fastest_dtype(device, weights)

    def unet(few_steps: bool) -> Any:
        loaded = network(UNet2DConditionModel, painter / "unet", _PUBLISHED)
        if few_steps:
            with reading(update):
                merge(load_file(update), loaded)
        if chosen is torch.float32 and is_short(weights, devices.free_memory(device)):
            return kept(ready(loaded, device, _PUBLISHED), _PUBLISHED, chosen, device)
        return ready(loaded, device, chosen)

    # First: while it is read it takes the most memory.
    largest = Unet(unet, few_steps, chosen)
    text = network(CLIPTextModel, painter / "text_encoder", chosen)
    with reading(painter / "tokenizer"):
        tokenizer = CLIPTokenizer.from_pretrained(painter / "tokenizer", local_files_only=True)
        # Without its vocabulary it would be silently wrong.
        known = (len(tokenizer), tokenizer.model_max_length)
        if known != (text.config.vocab_size, text.config.max_position_embeddings):
            raise ValueError(f"it has {known} words and places")
    with reading(painter / "scheduler"):
        schedule = DDIMScheduler.load_config(painter / "scheduler", local_files_only=True)
    vae = network(AutoencoderKL, painter / "vae", chosen)
    shown, warnings = _shown(folder / PREVIEWS, device, chosen, verify)
    return LatentNetworks(
        unet=largest,
        autoencoder=LayerwiseAutoencoder(ready(vae, device, chosen)),
        prompts=PromptEncoder(tokenizer, ready(text, device, chosen)),
        schedule=schedule,
        shown=shown,
        warnings=warnings,
    )


def _shown(
    folder: Path, device: torch.device, dtype: torch.dtype, verify: Callable[[str], object]
) -> tuple[Callable[[Tensor], Tensor], tuple[str, ...]]:
    """How latents are shown, and what the user is told of it."""
    if not folder.is_dir():
        return approximated, ()
    try:
        verify(PREVIEWS)
        return TinyDecoder(ready(network(AutoencoderTiny, folder, dtype), device, dtype)), ()
    # They are only looked at.
    except ModelError as error:
        return approximated, (f"Previews are coarse. {error}",)
