"""The photo models in small, installed as people do it: with the command line, from a hub on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from tests.engine.models import small_full, small_painter, small_photo
from tests.engine.models.served import files_in, small_catalogue
from text_replace_engine.cli import app


def pull(folder: Path) -> Path:
    """A cache folder (`XDG_CACHE_HOME`) inside a new `folder` with the set `photo`, whose random networks find every
    phrase somewhere, and agree to it.
    """
    small_photo.write_detector(folder / "detector", surer=2.0)
    small_photo.write_masker(folder / "masker")
    small_painter.write_painter(folder / "painter")
    small_painter.write_few_steps(folder / "few-steps")
    repositories = {each.name: files_in(each) for each in folder.iterdir()}
    small_full.write_agreeing_clip(folder / "ViT-B-32.pt")
    cache = folder / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        with small_catalogue(folder, patch, repositories):
            _models("pull", "photo", "--yes", "--painter", "sd15")
    return cache


def with_eraser(cache: Path, folder: Path) -> Path:
    """A copy of the cache folder in a new `folder`, into which LaMa was imported, with random weights."""
    from spandrel.architectures.LaMa import LaMa

    shutil.copytree(cache, folder / "cache")
    torch.manual_seed(0)
    weights = LaMa(in_nc=4, out_nc=3).state_dict()
    torch.save(
        {name.replace("model.model", "generator.model"): value for name, value in weights.items()}, folder / "lama.pt"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        _models("import", str(folder / "lama.pt"))
    (folder / "lama.pt").unlink()
    return folder / "cache"


def _models(*arguments: str) -> None:
    """`text-replace models …` in this process."""
    ended = CliRunner().invoke(app, ["models", *arguments])
    assert ended.exit_code == 0, ended.stderr
