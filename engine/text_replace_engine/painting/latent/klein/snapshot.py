"""The files of FLUX.2 klein as the hub has them: a folder for every network."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from diffusers import AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2Transformer2DModel
from diffusers.utils import logging as diffusers_logging
from torch import nn
from transformers import AutoTokenizer, Qwen3Config, Qwen3Model
from transformers.utils import logging as transformers_logging

from text_replace_engine import devices
from text_replace_engine.models.photo.roles import KLEIN, remedy
from text_replace_engine.painting.latent.klein.autoencoder import PackedAutoencoder
from text_replace_engine.painting.latent.klein.memory import BEST, Least, least, needed
from text_replace_engine.painting.latent.klein.networks import TOLD_LAYERS, KleinNetworks, PromptEncoder, Transformer
from text_replace_engine.painting.latent.klein.storage import read_as, storage_for, stored_as, stored_size
from text_replace_engine.painting.latent.memory import RESERVE
from text_replace_engine.painting.latent.names import Storage
from text_replace_engine.painting.latent.reading import count, network, reading, ready
from text_replace_engine.painting.latent.storage import kept
from text_replace_wire.errors import ModelError

_LAYER = re.compile(r"model\.layers\.(\d+)\.")
#: What is stored as it computes; the names of the transformer's are the library's.
_WHOLE_IN_TRANSFORMER = ("pos_embed", "norm")
_WHOLE_IN_TEXT_ENCODER = ("norm", "embed")


def load_networks(
    folder: Path, device: torch.device, dtype: torch.dtype | None, storage: Storage | None
) -> KleinNetworks:
    """FLUX.2 klein from the snapshot `KLEIN` in a folder, computing in `dtype`; None: in what is best on `device`.
    storage: of the weights of transformer and text encoder; None: as the transformer fits into free memory.

    Raises ModelDamaged and OutOfMemory; ModelError where it is another one of its family.
    """
    # Whoever asked for an edit hears of it otherwise; and it would report layers that are left out on purpose.
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    place = folder / KLEIN
    computing = _format(device, dtype)
    with reading(place / "scheduler"):
        schedule = FlowMatchEulerDiscreteScheduler.load_config(place / "scheduler", local_files_only=True)
    network_, storage = _transformer(place / "transformer", device, computing, storage)
    transformer = Transformer(network_, device, computing)
    vae = network(AutoencoderKLFlux2, place / "vae", computing)
    return KleinNetworks(
        transformer=transformer,
        autoencoder=PackedAutoencoder(ready(vae, device, computing)),
        prompts=_prompts(place, transformer, storage),
        schedule=schedule,
        storage=storage,
    )


def least_memory(folder: Path, device: torch.device, dtype: torch.dtype | None) -> Least:
    """What painting takes, weights and all; see `load_networks`. Raises ModelDamaged."""
    return least(count(folder / KLEIN / "transformer"), _format(device, dtype))


def _format(device: torch.device, asked: torch.dtype | None) -> torch.dtype:
    # Its numbers do not fit into float16.
    if asked not in (None, torch.float16):
        return asked
    return torch.bfloat16 if devices.computes_bfloat16(device) else torch.float32


def _transformer(
    folder: Path, device: torch.device, computing: torch.dtype, asked: Storage | None
) -> tuple[nn.Module, Storage]:
    room, weights = devices.free_memory(device) - needed(BEST, computing), count(folder)
    storage = asked or storage_for(weights, room)
    stored = stored_as(storage, computing, weights, room)
    loaded = network(Flux2Transformer2DModel, folder, read_as(computing, stored))
    if loaded.config.guidance_embeds:
        raise ModelError(f"This is not FLUX.2 klein but a larger one of its family: {remedy(KLEIN)}.")
    return kept(loaded, stored, computing, device, _WHOLE_IN_TRANSFORMER), storage


def _prompts(place: Path, transformer: Transformer, storage: Storage) -> PromptEncoder:
    folder, device, computing = place / "text_encoder", transformer.device, transformer.dtype
    last = max(TOLD_LAYERS)
    with reading(folder):
        configuration = Qwen3Config.from_pretrained(folder, local_files_only=True)
        configuration.num_hidden_layers = last
        configuration.layer_types = configuration.layer_types[:last]
    with reading(place / "tokenizer"):
        tokenizer = AutoTokenizer.from_pretrained(place / "tokenizer", local_files_only=True)
        # Without them it would be silently wrong.
        if tokenizer.chat_template is None or len(tokenizer) > configuration.vocab_size:
            raise ValueError("it has no template for instructions, or another vocabulary")
    weights = count(folder, lambda name: _is_used(name, last))

    def load() -> nn.Module:
        if stored_size(storage, weights) > devices.free_memory(device) - RESERVE:
            transformer.set_aside()
            devices.release(device)
        stored = stored_as(storage, computing, weights, devices.free_memory(device) - RESERVE)
        loaded = network(Qwen3Model, folder, read_as(computing, stored), config=configuration)
        # Layers are told as they are, the last of them too.
        loaded.norm = nn.Identity()
        return kept(loaded, stored, computing, device, _WHOLE_IN_TEXT_ENCODER)

    return PromptEncoder(tokenizer, load, device)


def _is_used(name: str, last: int) -> bool:
    """Whether a weight belongs to one of the first `last` layers, or is the vocabulary's."""
    layer = _LAYER.match(name)
    return "embed" in name if layer is None else int(layer[1]) < last
