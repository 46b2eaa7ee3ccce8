"""Previews by a small network of their own, where it was imported; its weights are random here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from tests.engine.latent.painted import PLENTY, canvas_of, painted
from text_replace_engine.cli import app
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_engine.models.photo.roles import FEW_STEPS, PAINTER, PREVIEWS
from text_replace_engine.painting.latent.autoencoder import TinyDecoder, approximated
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter, load_painter
from text_replace_engine.painting.painter import Preview
from text_replace_wire.errors import ModelDamaged
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

CANVAS = canvas_of((64, 64), Box(16, 16, 48, 48))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the hub has it."""
    from diffusers import AutoencoderTiny

    torch.manual_seed(0)
    folder: Path = tmp_path_factory.mktemp("hub") / "taesd"
    AutoencoderTiny().save_pretrained(folder)
    return folder


def test_it_shows_latents_as_the_unet_sees_them(published: Path) -> None:
    """Undivided by the autoencoder's scale, in [0, 1]."""
    from diffusers import AutoencoderTiny

    network = AutoencoderTiny.from_pretrained(published, local_files_only=True)
    latents = torch.randn(1, 4, 6, 9, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        shown = TinyDecoder(network)(latents)
        assert torch.equal(shown, ((network.decode(latents).sample + 1) / 2).clamp(0, 1))
    assert shown.shape == (1, 3, 48, 72)


def test_a_large_picture_is_shown_smaller(published: Path) -> None:
    """A second, finer pass makes previews at every step, none of which may cost more than one at the learnt size."""
    from diffusers import AutoencoderTiny

    network = AutoencoderTiny.from_pretrained(published, local_files_only=True)
    with torch.inference_mode():
        assert TinyDecoder(network)(torch.randn(1, 4, 100, 200)).shape == (1, 3, 8 * 32, 8 * 64)


def test_previews_are_its_own_and_the_picture_is_not(
    published: Path, snapshots: Path, painter: StableDiffusionPainter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Imported, it is in the photo set, and shows every step of a sample, which is painted as without it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ended = CliRunner().invoke(app, ["models", "import", str(published)])
    assert ended.exit_code == 0 and "photo previews: taesd" in ended.stdout, ended.stderr
    PHOTO.verify(PREVIEWS)
    for role in (PAINTER, FEW_STEPS):
        (PHOTO.folder() / role).symlink_to(snapshots / role)
    with_it = load_painter(PHOTO.folder(), torch.device("cpu"), torch.float32)
    results, shown = [], []
    for each in (with_it, painter):
        previews: list[Tensor] = []

        def keep(preview: Preview, seen: list[Tensor] = previews) -> None:
            seen.append(preview.picture)

        results.append(painted(each, CANVAS, preset="fast", on_preview=keep)[0].images[0])
        shown.append(previews)
    assert torch.equal(*results)
    assert len(shown[0]) == len(shown[1]) and not torch.equal(shown[0][-1], shown[1][-1])
    assert all(picture.shape == (1, 3, 64, 64) for picture in shown[0])


def test_without_it_previews_are_coarse(published: Path, snapshots: Path, tmp_path: Path) -> None:
    """A damaged one, or one that is not what was imported, keeps nobody from painting; it is said what to do."""
    for role in (PAINTER, FEW_STEPS):
        (tmp_path / role).symlink_to(snapshots / role)
    place = shutil.copytree(published, tmp_path / PREVIEWS)

    def changed(role: str) -> None:
        raise ModelDamaged("It is damaged.")

    (weights,) = place.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-100])
    for verify in (changed, lambda role: None):
        painter = load_painter(tmp_path, torch.device("cpu"), torch.float32, verify)
        (said,) = next(painter.plans(Painting(), 1, 1, PLENTY)).warnings
        assert said.startswith("Previews are coarse.") and painter._networks.shown is approximated
    assert "import it again with “text-replace models import”" in said
