"""What is said of damaged records of models: which file it is, and what helps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from text_replace_engine.cli import app
from text_replace_engine.models import files
from text_replace_engine.models.fetching import first_hashes, snapshots
from text_replace_engine.models.files import check_file, check_role, file_sha256
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


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("detector", "pull photo” again"),
        ("klein", "pull photo --painter klein” again"),
        ("eraser", "; import it again"),
    ],
)
def test_every_part_has_its_own_remedy(photo: Path, role: str, said: str) -> None:
    """No pull fetches what is only imported."""
    (photo / f"{role}.json").write_text("{")
    with pytest.raises(ModelDamaged, match=said):
        snapshots.verify(photo, role)


def test_files_are_read_once_as_long_as_they_are_the_same(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen gigabytes take a minute. A file that was just written is read again: its stamps may not tell."""
    weights, read = photo / "klein.bin", []

    def counted(path: Path) -> str:
        read.append(path)
        return file_sha256(path)

    monkeypatch.setattr(files, "file_sha256", counted)
    weights.write_bytes(b"weights")
    sha256 = file_sha256(weights)
    for _ in range(2):
        check_file(weights, sha256)
    assert len(read) == 2
    monkeypatch.setattr(files, "_SETTLED_NS", 0)
    for _ in range(2):
        check_file(weights, sha256)
    assert len(read) == 3
    weights.write_bytes(b"changed weights")
    with pytest.raises(ModelDamaged):
        check_file(weights, sha256)


@pytest.mark.parametrize("told", ["{", '{"files": {}}'])
def test_verify_names_an_optional_role_that_nothing_can_be_said_of(
    photo: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """It would be passed over otherwise, and the set would go on without it in silence."""
    monkeypatch.setattr(type(PHOTO), "needed", ())
    (photo / "concepts.json").write_text(told)
    ended = CliRunner().invoke(app, ["models", "verify", "photo"])
    assert ended.exit_code == 4 and "concepts.json is damaged" in ended.stderr
