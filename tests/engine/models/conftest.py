"""The full models in small: their files, an installed folder, and a cache folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.models import served
from tests.engine.models.local_hub import Hub
from tests.engine.models.small_full import counted, write_all
from text_replace_engine.models.full import adm
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.importing import import_files
from text_replace_wire.messages import Stage


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
    return FULL.folder()


@pytest.fixture(scope="session")
def installed_once(
    full_files: Path, small_architectures: tuple[adm.Architecture, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A cache folder in which the small full models are installed; not to be changed."""
    home = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adm, "ARCHITECTURES", small_architectures)
        patch.setenv("XDG_CACHE_HOME", str(home))
        import_files(full_files, quiet, go_on)
    yield home


@pytest.fixture
def server(small: None, cache: Path, full_files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Hub and mirror of plain files in one, serving the small files; the catalogue has their sizes and hashes."""
    with served.small_catalogue(full_files, monkeypatch) as behaviour:
        yield behaviour
