"""A small painter of the photo models, loaded once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.engine.models.small_klein import write_klein
from tests.engine.models.small_painter import write_few_steps, write_painter
from text_replace_engine.models.photo.roles import FEW_STEPS, KLEIN, PAINTER
from text_replace_engine.painting.latent.klein import painter as klein_painter
from text_replace_engine.painting.latent.klein.painter import KleinPainter
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter, load_painter

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small gain nothing from a second thread, for which a busy machine waits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the painter's two snapshots; not to be changed."""
    folder = tmp_path_factory.mktemp("photo")
    write_painter(folder / PAINTER)
    write_few_steps(folder / FEW_STEPS)
    return folder


@pytest.fixture(scope="session")
def painter(snapshots: Path) -> StableDiffusionPainter:
    """In float32 on the processor."""
    return load_painter(snapshots, CPU, torch.float32)


@pytest.fixture(scope="session")
def klein_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with FLUX.2 klein's snapshot; not to be changed."""
    folder = tmp_path_factory.mktemp("klein")
    write_klein(folder / KLEIN)
    return folder


@pytest.fixture(scope="session")
def klein(klein_snapshot: Path) -> KleinPainter:
    """In float32 on the processor."""
    return klein_painter.load_painter(klein_snapshot, CPU, torch.float32)
