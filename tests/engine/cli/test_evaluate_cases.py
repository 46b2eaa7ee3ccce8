"""`text-replace evaluate DIR`: what it writes and says, and that it goes on from wherever it was ended."""

from __future__ import annotations

import errno
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.engine.cli.conftest import Command, noise
from tests.engine.cli.fake_engine import FakeEngine
from tests.engine.cli.processes import start
from text_replace_engine.cli import app
from text_replace_engine.local import in_process


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures that are fine, one in which nothing is found, one that is not there, and a line that ends early."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for seed, name in enumerate(("a.png", "b.png", "c.png")):
        noise(3, seed=seed).save(folder / name)
    noise(1).point(lambda _: 255).save(folder / "mask.png")
    words = {"with": "orange", "replace": "apple"}
    lines = [
        {**words, "picture": "a.png", "id": "first", "mask": "mask.png", "category": "one"},
        {**words, "picture": "b.png", "seed": 5, "category": "two"},
        {**words, "picture": "c.png", "replace": "spoon", "category": "two"},
        {**words, "picture": "d.png"},
    ]
    text = "\n".join(map(json.dumps, lines)) + '\n{"picture": "a.png'
    (folder / "cases.jsonl").write_text(text, encoding="utf-8")
    return folder


def _rows(out: Path) -> dict[str, Any]:
    """Of a results file by id, without what was measured of the machine."""
    _, *lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {row["id"]: row for row in map(json.loads, lines)}
    for row in rows.values():
        row["report"].pop("seconds", None)
        for key in ("seconds", "peak_memory"):
            row["values"].pop(key, None)
    return rows


@pytest.mark.slow
def test_everything_is_written_and_nothing_asked_twice(
    run: Command, fake: type[FakeEngine], folder: Path, tmp_path: Path
) -> None:
    """Pictures, rows, a table and a page; what is broken is told by file and line and ends in exit code 2; what is not
    found is counted. A second run, with the first one's results beside, writes the same.
    """
    out = tmp_path / "out"
    ended = run("evaluate", folder, "-o", out, "--models", "starter", "--preset", "fast", "--option", "cutouts=2")
    assert ended.code == 2
    assert ended.err.splitlines() == [
        "“cases.jsonl”, line 4: there is no file “d.png”: put it beside cases.jsonl, or name another one.",
        next(line for line in ended.err.splitlines() if line.startswith("“cases.jsonl”, line 5: this is no JSON")),
    ]
    assert ended.out.endswith(f"Wrote “{out}”: 5 cases: 2 done, 1 not found, 2 broken.\n")
    assert "mask IoU" in ended.out
    for name in ("pictures/first.png", "results/first.png", "masks/0002.png", "pictures/0003.png"):
        assert (out / name).is_file()
    rows = _rows(out)
    assert rows["0003"]["kind"] == "not_found" and rows["0002"]["report"]["seed"] == 5
    assert rows["first"]["values"]["mask_iou"] is not None and rows["0002"]["values"]["mask_iou"] is None
    assert [edit.painting.options for edit in fake.edits] == [{"cutouts": 2}] * 2
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "“cases.jsonl”, line 5" in page and "results/first.png" in page

    files = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    asked = len(fake.edits)
    again = run("evaluate", folder, "-o", out, "--models", "starter", "--preset", "fast", "--option", "cutouts=2")
    assert (again.code, again.out) == (2, ended.out)
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == files
    assert len(fake.edits) == asked
    other = run("evaluate", folder, "-o", out, "--models", "starter", "--preset", "best")
    assert other.code == 2 and "other settings" in other.err and other.err.count("\n") == 1
    beside = run(
        "evaluate", folder, "-o", tmp_path / "new", "--models", "starter", "--limit", 3, "--compare", f"fast={out}"
    )
    assert beside.code == 0 and "fast against standard" in beside.out


@pytest.mark.slow
def test_a_killed_run_goes_on(run: Command, folder: Path, tmp_path: Path) -> None:
    """Killed after its first row, it comes to the same rows as one that was not."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    process = start(
        "tests.engine.cli.fake_main", "evaluate", folder, "-o", killed, "--models", "starter", home=tmp_path / "home"
    )
    results = killed / "results.jsonl"
    try:
        while process.poll() is None and (not results.exists() or results.read_bytes().count(b"\n") < 2):
            time.sleep(0.005)
    finally:
        process.kill()
        process.communicate()
    first = results.read_bytes().split(b"\n")[1]
    for out in (killed, whole):
        assert run("evaluate", folder, "-o", out, "--models", "starter").code == 2
    assert _rows(killed) == _rows(whole)
    assert first in results.read_bytes().split(b"\n")


@pytest.mark.slow
@pytest.mark.thorough
def test_edits_of_the_suite_are_cases(tmp_path: Path) -> None:
    """By the real models: the reference is the true mask, the judges' values are there, and outside the region every
    pixel of the result is the picture's.
    """
    out = tmp_path / "out"
    arguments = ["evaluate", "--quick", "--edits", "2", "--preset", "fast", "-o", str(out)]
    ended = CliRunner().invoke(app, arguments, obj=in_process)
    assert ended.exit_code == 0 and ended.stdout.endswith("2 cases: 2 done.\n")
    for row in _rows(out).values():
        values = row["values"]
        assert values["mask_iou"] > 0.5 and values["recognised"] in (0, 1) and values["unpasted_psnr"] is not None
        before, after, region = (
            np.asarray(Image.open(out / kind / f"{row['id']}.png")) for kind in ("pictures", "results", "masks")
        )
        assert (before == after).all(2)[region == 0].all() and (before != after).any(2)[region > 127].any()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["DIR", "-o", "f.json"], "name a folder"),
        (["DIR", "-o", "out", "--quick"], "--quick is of a suite"),
        (["DIR", "-o", "out", "--scenes", 3], "--scenes is of figures"),
        (["-o", "f.json", "--preset", "fast"], "--preset is of cases"),
        (["-o", "out", "--suite", "colours"], "name a file with -o F.json"),
        (["DIR", "-o", "out", "--option", "steps"], "is not NAME=VALUE"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    run: Command, folder: Path, tmp_path: Path, arguments: list[object], sentence: str
) -> None:
    """Nobody believes that an option was obeyed that means nothing here."""
    words = [
        {"DIR": folder, "f.json": tmp_path / "f.json", "out": tmp_path / "out"}.get(str(word), word)
        for word in arguments
    ]
    ended = run("evaluate", *words)
    assert ended.code == 2 and sentence in ended.err and ended.err.count("\n") == 1
    assert not (tmp_path / "out").exists() and not (tmp_path / "f.json").exists()


@pytest.mark.parametrize("command", ["ablate", "evaluate"])
def test_a_full_disk_is_no_bug(
    run: Command, monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path, command: str
) -> None:
    """Writing into a file that is open says no name, unlike opening one: still the exit code of what is not written."""

    def full(room: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys.modules[f"text_replace_engine.cli.{command}"], "lab", full)
    words = [folder] if command == "evaluate" else [folder / "a.png", "--replace", "apple", "--with", "orange"]
    ended = run(command, *words, "-o", tmp_path / "out")
    assert ended.code == 7 and "The disk is full" in ended.err and ended.err.count("\n") == 1


@pytest.mark.parametrize("command", ["ablate", "evaluate"])
def test_what_is_interrupted_is_not_lost(
    run: Command, monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path, command: str
) -> None:
    """Ctrl-C says that the same command goes on, where other commands say that nothing was written."""

    def interrupted(room: str) -> None:
        raise KeyboardInterrupt

    # The package has the command under the module's name.
    monkeypatch.setattr(sys.modules[f"text_replace_engine.cli.{command}"], "lab", interrupted)
    words = [folder] if command == "evaluate" else [folder / "a.png", "--replace", "apple", "--with", "orange"]
    ended = run(command, *words, "-o", tmp_path / "out")
    assert ended.code == 130 and "the same command goes on" in ended.err


@pytest.mark.slow
def test_a_folder_of_something_else_is_left_alone(run: Command, folder: Path, tmp_path: Path) -> None:
    """Nothing of the user's is written over: neither the pictures themselves nor any other folder."""
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "cases.jsonl").touch()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for source, out, sentence in (
        (folder, folder, "is not empty"),
        (folder, folder / "a.png", "is a file"),
        (empty, tmp_path / "out", "has no cases"),
        (tmp_path / "none", tmp_path / "out", "There is no folder"),
    ):
        ended = run("evaluate", source, "-o", out, "--models", "starter")
        assert ended.code == 2 and sentence in ended.err and ended.err.count("\n") == 1
    ended = run("evaluate", folder, "-o", tmp_path / "out", "--models", "starter", "--option", "cutuots=3")
    assert ended.code == 2 and "cutuots" in ended.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
