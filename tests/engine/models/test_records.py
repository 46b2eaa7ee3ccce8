"""What is said of damaged records of models: which file it is, and what helps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from text_replace_engine.cli import app
from text_replace_engine.models.fetching import first_hashes, snapshots
from text_replace_engine.models.files import check_role, file_sha256
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_wire.errors import ModelDamaged


@pytest.fixture
def photo(cache: Path) -> Path:
    """The folder of the photo models."""
    PHOTO.folder().mkdir(parents=True)
    return PHOTO.folder()


def test_damaged_first_hashes_say_what_to_delete(photo: Path) -> None:
    """To pull again would not help: the file itself has to go."""
    first_hashes.path().write_text("{")
    with pytest.raises(ModelDamaged, match="first-hashes.json” is damaged: delete it"):
        first_hashes.of_file("a")
    with pytest.raises(ModelDamaged, match="first-hashes.json” is damaged: delete it"):
        first_hashes.record_files({"a": "0"})


@pytest.mark.parametrize("config", [[], {"tokenizer": {}}, {"tokenizer": "merges.txt"}, "[" * 50_000])
def test_a_strange_description_is_damage(photo: Path, config: object) -> None:
    """What is no description of ours is named, whatever it is instead."""
    weights = photo / "clip.safetensors"
    weights.write_bytes(b"weights")
    told = json.dumps({"sha256": file_sha256(weights), "config": config})
    (photo / "clip.json").write_text(str(config) if isinstance(config, str) else told)
    with pytest.raises(ModelDamaged, match="clip.json is damaged; run “text-replace models pull photo” again"):
        check_role(photo, "clip")


def test_a_strange_list_of_files_is_damage(photo: Path) -> None:
    """So is a list that tells no hashes; a file of a snapshot is named with its role, as many have the same names."""
    (photo / "detector.json").write_text(json.dumps({"files": {"config.json": 3}}))
    with pytest.raises(ModelDamaged, match="detector.json is damaged"):
        snapshots.verify(photo, "detector")
    (photo / "detector.json").write_text(json.dumps({"files": {"config.json": {"size": 1, "sha256": "0"}}}))
    (photo / "detector").mkdir()
    (photo / "detector" / "config.json").write_text("1")
    with pytest.raises(ModelDamaged, match=r"detector/config\.json is damaged; .* or import it again"):
        snapshots.verify(photo, "detector")


@pytest.mark.parametrize("told", ["{", '{"files": {}}'])
def test_verify_names_an_optional_role_that_nothing_can_be_said_of(
    photo: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """It would be passed over otherwise, and the set would go on without it in silence."""
    monkeypatch.setattr(type(PHOTO), "needed", ())
    (photo / "concepts.json").write_text(told)
    ended = CliRunner().invoke(app, ["models", "verify", "photo"])
    assert ended.exit_code == 4 and "concepts.json is damaged" in ended.stderr
