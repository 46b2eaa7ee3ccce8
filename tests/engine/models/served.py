"""The models that can be fetched, in small, behind a server on this machine, and catalogues that know them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.models import photo_files
from tests.engine.models.file_server import serving
from tests.engine.models.local_hub import Files, Hub
from text_replace_engine.models.fetching import answers
from text_replace_engine.models.fetching.sources import Download, Model, Snapshot
from text_replace_engine.models.full import catalogue
from text_replace_engine.models.photo import catalogue as photo_catalogue
from text_replace_engine.models.photo import recognising

SERVED = {
    "segmenter": {"pytorch_model.bin": "segformer/pytorch_model.bin", "config.json": "segformer/config.json"},
    "clip": {"ViT-B-32.pt": "ViT-B-32.pt"},
    "perceptual": {"alexnet-owt-7be5be79.pth": "alexnet-owt-7be5be79.pth"},
    "denoiser": {"256x256_diffusion_uncond.pt": "diffusion.pt"},
}
#: The photo models' repositories, by role.
REPOSITORIES: Mapping[str, Files] = {
    "detector": photo_files.detector(),
    "masker": photo_files.masker(),
    "painter": photo_files.painter(),
    "few-steps": photo_files.few_steps(),
}


@contextmanager
def small_catalogue(
    full_files: Path, patch: pytest.MonkeyPatch, repositories: Mapping[str, Files] = REPOSITORIES
) -> Iterator[Hub]:
    """Hub and mirror in one, serving the small files; until `patch` is undone the catalogues have their sizes, hashes
    and revisions.

    full_files: as `small_full.write_all` writes them, or some of them.
    """
    paths = [(name, full_files / path) for role in SERVED.values() for name, path in role.items()]
    files = {name: path.read_bytes() for name, path in paths if path.exists()}
    patch.setattr(catalogue, "MODELS", tuple(_small(model, files) for model in catalogue.MODELS))
    with photo_hub(patch, repositories) as hub:
        hub.files = files
        yield hub


@contextmanager
def photo_hub(patch: pytest.MonkeyPatch, repositories: Mapping[str, Files] = REPOSITORIES) -> Iterator[Hub]:
    """The same with the photo models' repositories only, by role."""
    hub = Hub({})
    snapshots = tuple(
        _published(snapshot, repositories[snapshot.role], hub) if snapshot.role in repositories else snapshot
        for snapshot in photo_catalogue.SNAPSHOTS
    )
    patch.setattr(photo_catalogue, "SNAPSHOTS", snapshots)
    patch.setattr(recognising, "SNAPSHOTS", snapshots)
    patch.setattr(answers, "_WAITS", (0.0, 0.0))
    with serving(hub) as address:
        patch.setenv("TEXT_REPLACE_MIRROR", address)
        patch.setenv("HF_ENDPOINT", address)
        yield hub


def files_in(folder: Path) -> Files:
    """What a folder holds, by relative path."""
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def _small(model: Model, files: dict[str, bytes]) -> Model:
    """The model with the sizes of the files that are served, and the hash where one is published."""

    def resized(download: Download) -> Download:
        contents = files.get(download.file, b"")
        known = download.sha256 and hashlib.sha256(contents).hexdigest()
        return dataclasses.replace(download, size=len(contents), sha256=known)

    return dataclasses.replace(model, downloads=tuple(map(resized, model.downloads)))


def _published(snapshot: Snapshot, files: Files, hub: Hub) -> Snapshot:
    """The snapshot as it is once these small files are published on the hub, at its own revision."""
    hub.publish(snapshot.repository, files, snapshot.revision)
    known = tuple((path, hashlib.sha256(files[path]).hexdigest()) for path, _ in snapshot.published)
    return dataclasses.replace(snapshot, size=sum(map(len, files.values())), published=known)
