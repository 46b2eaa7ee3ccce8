"""Loads every network that an edit needs, from committed or fetched files, verified and never unpickled."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from text_replace_engine import devices
from text_replace_engine.models.files import STARTER, damaged, read_json
from text_replace_engine.models.full import installed
from text_replace_engine.models.full.installed import ROLES
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.denoiser import Classes, Denoiser
from text_replace_engine.models.networks.perceptual import Perceptual
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.models.networks.upscaler import Upscaler
from text_replace_engine.models.store import Stored, read_role
from text_replace_engine.models.vocabulary import Vocabulary, read_vocabulary
from text_replace_wire.errors import ModelMissing


@dataclass(frozen=True)
class ModelFile:
    """Which weights filled a role: the SHA-256 is the weights file's."""

    role: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Models:
    """Everything an edit needs. `floor` is the presence at which a candidate counts as found, 0 to 1."""

    name: str
    segmenter: Segmenter
    clip: Clip
    perceptual: Perceptual
    denoiser: Denoiser
    upscaler: Upscaler | None
    vocabulary: Vocabulary | None
    floor: float
    files: tuple[ModelFile, ...]
    #: When the files were installed, of models that can be replaced while they are loaded.
    stamp: tuple[int, ...] = ()


def load_models(which: str, device: torch.device, dtype: torch.dtype | None) -> Models:
    """Load the models called `which` ("starter" or "full"), ready to use on `device` in `dtype`; None: in what is
    fastest there for networks of their size.

    Raises ModelMissing when they are not installed and ModelDamaged when a file is not what was recorded.
    """
    stamp = _stamp(which)
    return dataclasses.replace(load_folder(_folder(which), which, device, dtype), stamp=stamp)


def is_outdated(models: Models) -> bool:
    """Whether other files have been installed since these models were loaded."""
    return models.stamp != _stamp(models.name)


def _stamp(which: str) -> tuple[int, ...]:
    if which == "starter":
        return ()
    descriptions = sorted(installed.folder().glob("*.json"))
    return tuple(each.stat().st_mtime_ns for each in descriptions)


def is_installed(which: str) -> bool:
    """Whether `load_models(which)` would find its files."""
    return which == "starter" or installed.is_complete(installed.folder())


def load_vocabulary(which: str) -> Vocabulary | None:
    """The names that the models called `which` promise to paint, None where they take any text.

    Raises ModelMissing or ModelDamaged.
    """
    return _vocabulary(_folder(which))


def _folder(which: str) -> Path:
    if not is_installed(which):
        raise ModelMissing(
            f"The {which} models are not installed: fetch them with “text-replace models pull”, "
            "or use the starter models."
        )
    return STARTER if which == "starter" else installed.folder()


def _vocabulary(folder: Path) -> Vocabulary | None:
    return None if _is_fetched(folder) else read_vocabulary(folder / "vocabulary.json")


def _is_fetched(folder: Path) -> bool:
    return "origin" in read_json(folder / "denoiser.json")


def load_folder(folder: Path, name: str, device: torch.device, dtype: torch.dtype | None) -> Models:
    """Load the models in a folder (see `load_models`); raises ModelMissing or ModelDamaged."""
    # A set that was fetched has an upscaler only where the user gave one.
    without = _is_fetched(folder) and not (folder / "upscaler.json").exists()
    roles = ROLES[:-1] if without else ROLES
    stored: dict[str, Stored] = {role: read_role(folder, role) for role in roles}
    if dtype is None:
        weights = sum(tensor.numel() for tensor in stored["denoiser"].tensors.values())
        dtype = devices.fastest_dtype(device, weights)
    clip = Clip.load(stored["clip"], folder)
    upscaler = stored.get("upscaler")
    models = Models(
        name=name,
        segmenter=Segmenter.load(stored["segmenter"]),
        clip=clip,
        perceptual=Perceptual.load(stored["perceptual"]),
        denoiser=Denoiser.load(stored["denoiser"], _classes(folder, stored)),
        upscaler=None if upscaler is None else Upscaler.load(upscaler),
        vocabulary=_vocabulary(folder),
        floor=clip.floor,
        files=tuple(ModelFile(role, f"{name}/{_variant(stored[role], role)}", stored[role].sha256) for role in roles),
    )
    for network in (models.segmenter, clip, models.perceptual, models.denoiser, models.upscaler):
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
