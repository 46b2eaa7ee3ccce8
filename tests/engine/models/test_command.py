"""`text-replace models …`, and edits with the full models, through the command line: small files from a real server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from tests.engine.models.local_hub import Hub
from tests.engine.models.small_full import write_denoiser
from text_replace_engine.cli import app
from text_replace_engine.models.full import catalogue
from text_replace_engine.models.full.pulling import FULL


def run(*arguments: object, stdin: str | None = None) -> Result:
    """`text-replace` in this process."""
    return CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)


def test_list_shows_sizes_and_licences(cache: Path) -> None:
    """Before anything is fetched every model's size, licence and terms can be read, by people and by programs."""
    shown = run("models", "list")
    assert shown.exit_code == 0
    for words in ("2.2 GB", "339 MB", "not commercial", "research use", "https://", "unverified", "512-class"):
        assert words in shown.stdout
    table = json.loads(run("models", "list", "--json").stdout)
    models = [model for model in table["models"] if model["set"] == "full"]
    assert len(models) == len(catalogue.MODELS) and table["folder"] == str(cache)
    assert not any(model["installed"] for model in table["models"])
    assert {model["role"] for model in models if model["default"]} == set(FULL.needed)
    assert not cache.exists()


def test_nothing_is_fetched_without_consent(server: Hub, cache: Path) -> None:
    """Without a terminal and without the flag: the licences, one sentence, exit code 2, and not one request."""
    ended = run("models", "pull")
    assert ended.exit_code == 2
    assert "not commercial" in ended.stderr and "--yes" in ended.stderr
    assert not server.seen and not cache.exists()


@pytest.mark.slow
def test_pull_installs_and_edits_use_it(server: Hub, cache: Path, tmp_path: Path) -> None:
    """With consent everything is fetched, checked, converted and used: models list, verify and path tell of it, an edit
    with --models full paints, auto means full, and remove takes it away.
    """
    assert run("models", "verify", "full").exit_code == 4
    server.cuts, server.after = 1, 100_000
    ended = run("models", "pull", "full", "--yes")
    assert ended.exit_code == 0, ended.stderr
    assert "unverified" in ended.stdout and "verified against its published hash" in ended.stdout
    assert not (cache / "downloads").exists() or not list((cache / "downloads").iterdir())
    assert run("models", "path").stdout.strip() == str(cache)
    listed = json.loads(run("models", "list", "--json").stdout)["models"]
    there = {model["role"]: (model["variant"], model["verified"]) for model in listed if model["installed"]}
    assert there["denoiser"] == ("256", True) and there["clip"] == ("ViT-B-32", True)
    assert there["segmenter"] == ("segformer-b5", False)
    verified = run("models", "verify")
    assert verified.exit_code == 0 and "starter" in verified.stdout and "full denoiser" in verified.stdout
    count = len(server.seen)
    assert run("models", "pull").exit_code == 0
    assert len(server.seen) == count

    before, after = _edited(tmp_path, "full", "a zebra made of glass")
    report = json.loads((tmp_path / "report.json").read_text())
    mask = np.asarray(Image.open(tmp_path / "region.png"))
    assert np.array_equal(after[mask == 0], before[mask == 0])
    assert (after[mask == 255] != before[mask == 255]).any(-1).mean() > 0.5
    assert report["status"] == "done" and report["region"] == "given" and "class" not in report
    assert [each["name"].split("/")[0] for each in report["models"]] == ["full"] * 4
    assert "full/256x256_diffusion_uncond.pt" in [each["name"] for each in report["models"]]
    _edited(tmp_path, "auto", "a zebra made of glass")
    assert json.loads((tmp_path / "report.json").read_text())["models"] == report["models"]

    path = cache / "clip.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    broken = run("models", "verify")
    assert broken.exit_code == 4 and "clip.safetensors" in broken.stderr
    assert run("models", "remove").exit_code == 0
    assert not cache.exists()
    assert run("models", "verify").exit_code == 0


def _edited(folder: Path, models: str, prompt: str) -> tuple[np.ndarray, np.ndarray]:
    """(before, after) of an edit of noise in a given region, quickly."""
    before = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    region = np.zeros((96, 128), np.uint8)
    region[20:70, 30:90] = 255
    Image.fromarray(before).save(folder / "in.png")
    Image.fromarray(region).save(folder / "region.png")
    prompts = ("--replace", "horse", "--with", prompt, "--models", models, "--seed", 1, "--preset", "fast")
    files = ("--region", folder / "region.png", "-o", folder / "out.png", "--json", folder / "report.json")
    ended = run("edit", folder / "in.png", *prompts, *files, "--engine", "never", "--working-size", 64)
    assert ended.exit_code == 0, ended.stderr
    return before, np.asarray(Image.open(folder / "out.png"))


@pytest.mark.slow
def test_what_was_fetched_is_kept_when_something_fails(server: Hub, cache: Path) -> None:
    """A wrong file ends the pull with exit code 4 and installs nothing of it; the next pull fetches only what is
    missing.
    """
    good = server.files
    server.files = {**good, "ViT-B-32.pt": good["ViT-B-32.pt"][:-1] + b"x"}
    ended = run("models", "pull", "--yes")
    assert ended.exit_code == 4 and "SHA-256" in ended.stderr
    assert set(FULL.origins()) == {"segmenter"}
    server.files = good
    server.seen.clear()
    assert run("models", "pull", "--yes").exit_code == 0
    assert not any("pytorch_model.bin" in path for path, _ in server.seen)


def test_wrong_bytes_without_a_published_hash_are_thrown_away(server: Hub, cache: Path) -> None:
    """Where no hash is published the contents decide; what cannot be used is not kept for the next pull."""
    good = server.files
    server.files = {**good, "pytorch_model.bin": b"wrong"}
    ended = run("models", "pull", "--yes")
    assert ended.exit_code == 4 and "pytorch_model.bin" in ended.stderr
    assert not list(cache.rglob("*.bin"))


@pytest.mark.slow
def test_the_first_hash_is_remembered(server: Hub, cache: Path) -> None:
    """A file without a published hash is compared with what was fetched first, also after a removal."""
    assert run("models", "pull", "--yes").exit_code == 0
    assert run("models", "remove").exit_code == 0
    good = server.files
    server.files = {**good, "pytorch_model.bin": good["pytorch_model.bin"] + b"x"}
    changed = run("models", "pull", "--yes")
    assert changed.exit_code == 4 and "first" in changed.stderr and "first-hashes.json" in changed.stderr
    server.files = good
    assert run("models", "pull", "--yes").exit_code == 0


def test_a_server_that_lacks_a_file_is_named(server: Hub) -> None:
    """404 and a server that stays busy: exit code 4 and one sentence each."""
    server.refusals = [404]
    absent = run("models", "pull", "--yes")
    assert absent.exit_code == 4 and "not there" in absent.stderr
    server.refusals = [503] * 3
    busy = run("models", "pull", "--yes")
    assert busy.exit_code == 4 and "busy" in busy.stderr
    assert len(busy.stderr.strip().splitlines()[-1]) > 20


def test_no_room_is_said_before_anything_is_asked(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is too full ends with exit code 7, before consent and before the first request."""
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    ended = run("models", "pull", "--yes")
    assert ended.exit_code == 7 and "GB" in ended.stderr
    assert not server.seen


@pytest.mark.slow
def test_import_works_without_a_network(small: None, cache: Path, full_files: Path, tmp_path: Path) -> None:
    """A folder of files is recognised by contents; what is no model, or is absent, is one sentence."""
    one = run("models", "import", full_files / "diffusion.pt")
    assert one.exit_code == 0 and "Still missing" in one.stdout and "segmenter" in one.stdout
    everything = run("models", "import", full_files)
    assert everything.exit_code == 0 and "installed" in everything.stdout
    assert FULL.is_complete()
    assert run("models", "import", tmp_path / "absent.pt").exit_code == 2
    (tmp_path / "text.pt").write_text("no model")
    damaged = run("models", "import", tmp_path / "text.pt")
    assert damaged.exit_code == 4 and "text.pt" in damaged.stderr


@pytest.mark.slow
def test_a_network_of_another_size_is_refused(cache: Path, tmp_path: Path) -> None:
    """A diffusion network that is none of the published ones is named with the sizes that can be used."""
    write_denoiser(tmp_path / "mine.pt", "256")
    ended = run("models", "import", tmp_path / "mine.pt")
    assert ended.exit_code == 4 and "552,814,086" in ended.stderr
    assert not cache.exists()


@pytest.mark.slow
def test_the_class_that_was_painted_is_reported(small: None, cache: Path, installed_once: Path, tmp_path: Path) -> None:
    """With a class-conditional network REPORT names the class that stood for the prompt."""
    shutil.copytree(installed_once / "text-replace" / "models" / "full", cache)
    write_denoiser(tmp_path / "class.pt", "512-class")
    assert run("models", "import", tmp_path / "class.pt").exit_code == 0
    _edited(tmp_path, "full", "golden retriever")
    assert json.loads((tmp_path / "report.json").read_text())["class"] == "Golden Retriever"


def test_unknown_choices_are_refused(cache: Path) -> None:
    """A variant that there is not is a usage error that lists the ones there are; starter is not fetched."""
    ended = run("models", "pull", "--denoiser", "1024", "--yes")
    assert ended.exit_code == 2 and "512-class" in ended.stderr
    assert run("models", "pull", "starter", "--yes").exit_code == 2
    assert run("models", "remove", "starter").exit_code == 2
    assert run("models", "remove").exit_code == 0
