"""The small full models behind a server on this machine, and a catalogue that knows them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.models.file_server import Behaviour, serving
from text_replace_engine.models.fetching import answers
from text_replace_engine.models.fetching.sources import Download, Model
from text_replace_engine.models.full import catalogue

SERVED = {
    "segmenter": {"pytorch_model.bin": "segformer/pytorch_model.bin", "config.json": "segformer/config.json"},
    "clip": {"ViT-B-32.pt": "ViT-B-32.pt"},
    "perceptual": {"alexnet-owt-7be5be79.pth": "alexnet-owt-7be5be79.pth"},
    "denoiser": {"256x256_diffusion_uncond.pt": "diffusion.pt"},
}


@contextmanager
def small_catalogue(full_files: Path, patch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    """Hub and mirror in one, serving the small files; until `patch` is undone the catalogue has their sizes and hashes.

    full_files: as `small_full.write_all` writes them.
    """
    files = {name: (full_files / path).read_bytes() for role in SERVED.values() for name, path in role.items()}
    patch.setattr(catalogue, "MODELS", tuple(_small(model, files) for model in catalogue.MODELS))
    patch.setattr(answers, "_WAITS", (0.0, 0.0))
    behaviour = Behaviour(files)
    with serving(behaviour) as address:
        patch.setenv("TEXT_REPLACE_MIRROR", address)
        patch.setenv("HF_ENDPOINT", address)
        yield behaviour


def _small(model: Model, files: dict[str, bytes]) -> Model:
    """The model with the sizes of the files that are served, and the hash where one is published."""

    def resized(download: Download) -> Download:
        contents = files.get(download.file, b"")
        known = download.sha256 and hashlib.sha256(contents).hexdigest()
        return dataclasses.replace(download, size=len(contents), sha256=known)

    return dataclasses.replace(model, downloads=tuple(map(resized, model.downloads)))
