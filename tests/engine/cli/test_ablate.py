"""`text-replace ablate`: what it refuses, writes, and goes on from."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from tests.engine.cli.conftest import CLONE, SOURCES, Command
from text_replace_engine.cli import app
from text_replace_engine.local import LocalEngine, in_process

SAMPLE = CLONE / "install" / "sample" / "sample.png"
_EDIT = (SAMPLE, "--replace", "apple", "--with", "orange", "--models", "starter")
_FEW = ("--over", "clip", "--values", "0,1000", "--steps", 2)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The sample's apple."""
    path = tmp_path / "apple.png"
    Image.open(SAMPLE).convert("RGB").crop((20, 220, 400, 520)).resize((190, 150)).save(path)
    return path


def test_a_sweep_that_makes_no_sense_ends_in_a_sentence(run: Command, tmp_path: Path) -> None:
    """With the exit code of wrong usage, before any picture is read; neither a file nor a folder
    with something else is one to write into.
    """
    for options, said in (
        (("--over", "style"), "“style”"),
        (("--values", "1,-2"), "“-2”"),
        (("--values", "5,5.0"), "5 twice"),
        (("--pick", "0", "--point", "3,4"), "--pick"),
    ):
        ended = run("ablate", *_EDIT, "-o", tmp_path / "out", *options)
        assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
        assert said in ended.err
    (tmp_path / "file").touch()
    ended = run("ablate", *_EDIT, "-o", tmp_path / "file")
    assert ended.code == 2 and "name a folder" in ended.err
    ended = run("ablate", *_EDIT, "-o", tmp_path)
    assert ended.code == 2 and "is not empty" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
def test_models_without_losses_have_nothing_to_vary(run: Command, tmp_path: Path) -> None:
    """They are refused by name, whether or not they are installed, and nothing is written."""
    ended = run("ablate", *_EDIT, "--models", "photo", "-o", tmp_path / "out")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "photo" in ended.err and "λ" in ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_painters_that_are_not_seen_through_are_refused(run: Command, tmp_path: Path) -> None:
    """What is around the object before the paste is half of the figure."""
    ended = run("ablate", *_EDIT, *_FEW, "-o", tmp_path / "out")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "guided diffusion" in ended.err


@pytest.mark.slow
def test_an_ablation_goes_on_from_what_is_on_disk(small: Path, tmp_path: Path) -> None:
    """What a kill in the midst of a line leaves is taken up: what is known is not painted again, and figure and table
    are those of a run that nobody disturbed.
    """
    whole, cut, engine = tmp_path / "whole", tmp_path / "cut", in_process()
    done = _run(engine, small, whole)
    assert (done.exit_code, done.stderr) == (0, "")
    for name in ("grid.png", "plot.png", "ablation.csv", "report.html"):
        assert f"“{whole / name}”" in done.stdout and (whole / name).is_file()
    assert Image.open(whole / "grid.png").width > 300
    rows = _table(whole)
    assert [(row["lambda"], row["value"], row["seed"]) for row in rows] == [("clip", "0", "0"), ("clip", "1000", "0")]
    assert all(float(row["background_mse"]) > 0 and -1 <= float(row["clip_agreement"]) <= 1 for row in rows)
    assert all((whole / row["picture"]).is_file() for row in rows)

    shutil.copytree(whole, cut)
    assert "of the starter models (" in json.dumps(json.loads((whole / "results.jsonl").read_bytes().splitlines()[0]))
    header, first, second = (whole / "results.jsonl").read_bytes().splitlines(keepends=True)
    (cut / "results.jsonl").write_bytes(header + first + second[: len(second) // 2])
    for name in ("grid.png", "plot.png", "ablation.csv", "report.html"):
        (cut / name).unlink()
    assert _run(engine, small, cut).exit_code == 0
    assert (cut / "grid.png").read_bytes() == (whole / "grid.png").read_bytes()
    assert (cut / "plot.png").read_bytes() == (whole / "plot.png").read_bytes()
    assert _table(cut)[0] == rows[0]
    assert {**_table(cut)[1], "seconds": ""} == {**rows[1], "seconds": ""}


@pytest.mark.slow
@pytest.mark.thorough
def test_a_killed_ablation_goes_on(small: Path, tmp_path: Path) -> None:
    """After SIGKILL between two edits the rows that were written stay as they are. Another replacement's folder is
    refused, and left alone.
    """
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "text_replace_engine",
        "ablate",
        *map(str, (small, *_EDIT[1:], *_FEW)),
        "-o",
        str(out),
    ]
    environment = {**os.environ, "PYTHONPATH": SOURCES, "TEXT_REPLACE_HOME": str(tmp_path / "home")}
    process = subprocess.Popen(command, env=environment)
    results = out / "results.jsonl"
    while not results.exists() or results.read_bytes().count(b"\n") < 2:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = results.read_bytes().splitlines()[:2]
    subprocess.run(command, env=environment, check=True)
    assert results.read_bytes().splitlines()[:2] == kept
    assert len(_table(out)) == 2
    other = [*command, "--with", "lemon"]
    refused = subprocess.run(other, env=environment, check=False, capture_output=True, text=True)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "results.jsonl" in refused.stderr
    assert results.read_bytes().splitlines()[:2] == kept


def _run(engine: LocalEngine, source: Path, out: Path) -> Result:
    """In an engine that keeps its models."""
    command = ["ablate", *map(str, (source, *_EDIT[1:], *_FEW)), "-o", str(out)]
    return CliRunner().invoke(app, command, obj=lambda device, dtype, threads: engine)


def _table(folder: Path) -> list[dict[str, str]]:
    with (folder / "ablation.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
