"""The full models in small: their files, an installed folder, and a cache folder of the test's own."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from text_replace_engine.models import adm, catalogue, downloads, installed, pulling
from text_replace_wire.messages import Stage

from tests.engine.models.file_server import Behaviour, serving
from tests.engine.models.small_full import counted, write_all


def quiet(stage: Stage, what: str, done: int, total: int) -> None:
    """For who does not want to hear of progress."""


def go_on() -> bool:
    """For what nobody cancels."""
    return False


@pytest.fixture(scope="session")
def small_architectures() -> tuple[adm.Architecture, ...]:
    """The small networks that stand for the published ones."""
    return counted("256"), counted("512-class")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, small_architectures: tuple[adm.Architecture, ...]) -> None:
    """Recognise the small networks instead of the published ones."""
    monkeypatch.setattr(adm, "ARCHITECTURES", small_architectures)


@pytest.fixture(scope="session")
def full_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small file of every role, in the published formats."""
    return write_all(tmp_path_factory.mktemp("files"))


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the full models, in a cache folder of this test's own; it does not exist yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return installed.folder()


@pytest.fixture(scope="session")
def installed_once(
    full_files: Path, small_architectures: tuple[adm.Architecture, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A cache folder in which the small full models are installed; not to be changed."""
    home = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adm, "ARCHITECTURES", small_architectures)
        pulling.import_files(full_files, home / "text-replace" / "models" / "full", quiet, go_on)
    yield home


SERVED = {
    "segmenter": {"pytorch_model.bin": "segformer/pytorch_model.bin", "config.json": "segformer/config.json"},
    "clip": {"ViT-B-32.pt": "ViT-B-32.pt"},
    "perceptual": {"alexnet-owt-7be5be79.pth": "alexnet-owt-7be5be79.pth"},
    "denoiser": {"256x256_diffusion_uncond.pt": "diffusion.pt"},
}


@pytest.fixture
def server(small: None, cache: Path, full_files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    """Hub and mirror of plain files in one, serving the small files; the catalogue has their sizes and hashes."""
    files = {name: (full_files / path).read_bytes() for role in SERVED.values() for name, path in role.items()}
    changed = tuple(_small(model, files) for model in catalogue.MODELS)
    monkeypatch.setattr(catalogue, "MODELS", changed)
    monkeypatch.setattr(downloads, "_WAITS", (0.0, 0.0))
    behaviour = Behaviour(files)
    with serving(behaviour) as address:
        monkeypatch.setenv("TEXT_REPLACE_MIRROR", address)
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield behaviour


def _small(model: catalogue.Model, files: dict[str, bytes]) -> catalogue.Model:
    """The model with the sizes of the files that are served, and the hash where one is published."""

    def resized(download: catalogue.Download) -> catalogue.Download:
        contents = files.get(download.file, b"")
        known = download.sha256 and hashlib.sha256(contents).hexdigest()
        return dataclasses.replace(download, size=len(contents), sha256=known)

    return dataclasses.replace(model, downloads=tuple(map(resized, model.downloads)))
