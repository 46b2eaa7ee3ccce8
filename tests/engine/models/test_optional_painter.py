"""FLUX.2 klein among the photo models: fetched where it is asked for or fits, else left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from tests.engine.models import photo_files
from tests.engine.models.local_hub import Files, Hub
from tests.engine.models.served import REPOSITORIES, photo_hub
from text_replace_engine import memory_limits
from text_replace_engine.cli import app
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_engine.models.photo.recognising import snapshot_of
from text_replace_engine.models.photo.roles import KLEIN
from text_replace_engine.painting.latent.klein.memory import TRANSFORMER, least
from text_replace_engine.painting.latent.klein.picking import picked
from text_replace_wire.errors import UserError

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """With the photo models' repositories and klein's; a pull without choices takes the masker alone."""
    monkeypatch.setattr(type(PHOTO), "pulled", ("masker",))
    with photo_hub(monkeypatch, {**REPOSITORIES, KLEIN: photo_files.klein()}) as behaviour:
        yield behaviour


def run(*arguments: str) -> Result:
    """`text-replace models …` in this process."""
    return CliRunner().invoke(app, ["models", *arguments])


def there(role: str = KLEIN) -> list[str]:
    """The files of a role."""
    folder = PHOTO.folder() / role
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())


def test_it_is_fetched_where_it_is_asked_for(hub: Hub) -> None:
    """By rule: a transformer in place of the U-Net, the text encoder's parts, the template for instructions; and not
    the same weights once more. It is then repaired by any pull, and removed with the others.
    """
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 0 and there("masker") and not there()
    assert "because FLUX.2 klein takes a graphics card" in ended.stderr
    ended = run("pull", "photo", "--yes", "--painter", "klein")
    assert ended.exit_code == 0 and "Apache-2.0" in ended.stderr, ended.stderr
    assert there() == photo_files.KLEIN_NEEDED
    rows = {row["role"]: row for row in json.loads(run("list", "--json").stdout)["models"] if row["set"] == "photo"}
    assert rows[KLEIN]["installed"] and not rows[KLEIN]["default"]
    (PHOTO.folder() / KLEIN / "vae" / "config.json").write_bytes(b"{ }")
    assert run("pull", "photo", "--yes").exit_code == 0
    assert (PHOTO.folder() / KLEIN / "vae" / "config.json").read_bytes() == photo_files.text()
    assert run("remove", "photo").exit_code == 0 and not there()


def test_the_default_stays_without_it(hub: Hub) -> None:
    """On a machine where it would fit, --painter sd15 fetches what is needed, and the full models have no painter."""
    assert run("pull", "photo", "--yes", "--painter", "sd15").exit_code == 0 and not there()
    ended = run("pull", "full", "--yes", "--painter", "klein")
    assert ended.exit_code == 2 and "no painter to choose" in ended.stderr


@pytest.mark.parametrize(
    ("card", "machine", "fits"), [(6, 32, False), (8, 32, False), (8.6, 32, True), (12, 10, False), (12, 16, True)]
)
def test_it_is_picked_where_it_would_then_paint(
    card: float, machine: float, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the card's memory and the machine's, with what finds and what the system takes; the sentence has all numbers.
    Where it was picked, and nothing else is at work, loading finds enough of both.
    """

    class Card:
        total_memory = int(card * 1e9)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: Card)
    monkeypatch.setattr(memory_limits, "most", lambda: int(machine * 1e9))
    found, why = picked()
    assert found is fits and all(f"has {there:.1f} GB" in why for there in (card, machine))
    free = int((card - 1.5 - 0.5) * 1e9), int((machine - 3) * 1e9)
    assert found is not bool(least(TRANSFORMER, torch.bfloat16).lacking(*free))


def test_a_folder_of_it_is_recognised(tmp_path: Path) -> None:
    """By the pipeline that its index names; its larger sibling, which takes many steps, is refused."""
    found = snapshot_of(_written(tmp_path / "klein", photo_files.klein()))
    assert found is not None and found.role == KLEIN
    with pytest.raises(UserError, match="not its base"):
        snapshot_of(_written(tmp_path / "base", photo_files.klein(distilled=False)))


def _written(folder: Path, files: Files) -> Path:
    for path, contents in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(contents)
    return folder
