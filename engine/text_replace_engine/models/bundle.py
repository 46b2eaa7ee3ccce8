"""Loads every network that an edit needs, from committed files, verified and never unpickled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from text_replace_wire.errors import ModelMissing

from text_replace_engine.models.clip import Clip
from text_replace_engine.models.denoiser import Denoiser
from text_replace_engine.models.perceptual import Perceptual
from text_replace_engine.models.segmenter import Segmenter
from text_replace_engine.models.store import Stored, read_role
from text_replace_engine.models.upscaler import Upscaler
from text_replace_engine.models.vocabulary import Vocabulary, read_vocabulary

STARTER = Path(__file__).parent / "starter"
_FOLDERS = {"starter": STARTER}
ROLES = ("segmenter", "clip", "perceptual", "denoiser", "upscaler")


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


def load_models(which: str, device: torch.device, dtype: torch.dtype) -> Models:
    """Load the models called `which` ("starter" or "full"), ready to use on `device` in `dtype`.

    Raises ModelMissing when they are not installed and ModelDamaged when a file is not what was recorded.
    """
    return load_folder(_folder(which), which, device, dtype)


def is_installed(which: str) -> bool:
    """Whether `load_models(which)` would find its files."""
    return which in _FOLDERS


def load_vocabulary(which: str) -> Vocabulary:
    """The names that the models called `which` promise to paint; raises ModelMissing or ModelDamaged."""
    return read_vocabulary(_folder(which) / "vocabulary.json")


def _folder(which: str) -> Path:
    if which not in _FOLDERS:
        raise ModelMissing(f"The {which} models are not installed; use the starter models.")
    return _FOLDERS[which]


def load_folder(folder: Path, name: str, device: torch.device, dtype: torch.dtype) -> Models:
    """Load the models in a folder; raises ModelMissing or ModelDamaged."""
    stored: dict[str, Stored] = {role: read_role(folder, role) for role in ROLES}
    clip = Clip.load(stored["clip"], folder)
    models = Models(
        name=name,
        segmenter=Segmenter.load(stored["segmenter"]),
        clip=clip,
        perceptual=Perceptual.load(stored["perceptual"]),
        denoiser=Denoiser.load(stored["denoiser"]),
        upscaler=Upscaler.load(stored["upscaler"]),
        vocabulary=read_vocabulary(folder / "vocabulary.json"),
        floor=clip.floor,
        files=tuple(ModelFile(role, f"{name}/{role}", stored[role].sha256) for role in ROLES),
    )
    for network in (models.segmenter, clip, models.perceptual, models.denoiser, models.upscaler):
        assert network is not None
        network.requires_grad_(False).eval().to(device, dtype)
    return models
