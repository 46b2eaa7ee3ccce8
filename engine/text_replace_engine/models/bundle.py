"""Loads every network that an edit needs, from committed or fetched files, verified and never unpickled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from text_replace_engine import devices
from text_replace_engine.models.files import ModelFile, damaged
from text_replace_engine.models.folders import STARTER_ROLES, folder_of, is_fetched
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.denoiser import Classes, Denoiser
from text_replace_engine.models.networks.detail import Detail
from text_replace_engine.models.networks.perceptual import Perceptual
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.models.networks.shapes import Shapes
from text_replace_engine.models.networks.style import Style
from text_replace_engine.models.networks.upscaler import Upscaler
from text_replace_engine.models.store import Stored, read_role


@dataclass(frozen=True)
class Models:
    """The networks of the paper's method. style: None for models that have learnt from pictures of every kind."""

    name: str
    segmenter: Segmenter
    clip: Clip
    perceptual: Perceptual
    denoiser: Denoiser
    upscaler: Upscaler | None
    detail: Detail | None
    shapes: Shapes | None
    style: Style | None
    files: tuple[ModelFile, ...]


def load_models(which: str, device: torch.device, dtype: torch.dtype | None) -> Models:
    """Load the models called `which` ("starter" or "full"), ready to use on `device` in `dtype`; None: in what is
    fastest there for networks of their size.

    Raises ModelMissing when they are not installed and ModelDamaged when a file is not what was recorded.
    """
    return load_folder(folder_of(which), which, device, dtype)


def load_folder(folder: Path, name: str, device: torch.device, dtype: torch.dtype | None) -> Models:
    """Load the models in a folder (see `load_models`); raises ModelMissing or ModelDamaged."""
    # A set that was fetched has an upscaler only where the user gave one.
    without = is_fetched(folder) and not (folder / "upscaler.json").exists()
    roles = (FULL.needed if without else FULL.roles) if is_fetched(folder) else STARTER_ROLES
    stored: dict[str, Stored] = {role: read_role(folder, role) for role in roles}
    if dtype is None:
        weights = sum(tensor.numel() for tensor in stored["denoiser"].tensors.values())
        dtype = devices.fastest_dtype(device, weights)
    clip = Clip.load(stored["clip"], folder)
    upscaler, detail, shapes, style = (stored.get(role) for role in ("upscaler", "detail", "shapes", "style"))
    models = Models(
        name=name,
        segmenter=Segmenter.load(stored["segmenter"]),
        clip=clip,
        perceptual=Perceptual.load(stored["perceptual"]),
        denoiser=Denoiser.load(stored["denoiser"], _classes(folder, stored)),
        upscaler=None if upscaler is None else Upscaler.load(upscaler),
        detail=None if detail is None else Detail.load(detail),
        shapes=None if shapes is None else Shapes.load(shapes, clip, device),
        style=None if style is None else Style.load(style).requires_grad_(False).to(device),
        files=tuple(ModelFile(role, f"{name}/{_variant(stored[role], role)}", stored[role].sha256) for role in roles),
    )
    for network in (models.segmenter, clip, models.perceptual, models.denoiser, models.upscaler, models.detail):
        if isinstance(network, nn.Module):
            # Convolutions are faster with the channels last, or as fast, on processors and on graphics cards.
            network.requires_grad_(False).eval().to(device, dtype).to(memory_format=torch.channels_last)
    clip.remember_texts()
    return models


def _variant(stored: Stored, role: str) -> str:
    return role if stored.origin is None else str(stored.origin["file"])


def _classes(folder: Path, stored: dict[str, Stored]) -> Classes | None:
    """The classes of a class-conditional denoiser, embedded by the CLIP that is installed beside it."""
    if not stored["denoiser"].config["unet"].get("num_class_embeds"):
        return None
    classes = read_role(folder, "classes")
    if classes.config["clip"] != stored["clip"].sha256:
        raise damaged(folder / "classes.safetensors")
    return Classes(tuple(classes.config["names"]), classes.tensors["embeddings"])
