"""A batch that is killed goes on: nothing is lost or there twice, every file is whole, all bytes are the same."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli.conftest import Command, noise
from tests.engine.cli.processes import environment

COUNT = 3
#: How often a run brings something onto the disk, or gives a file its name: twice for the new manifest and for the one
#: that holds what counts, five times for a picture (result, mask, line), twice for the annotations.
MOMENTS = 2 + 2 + 5 * COUNT + 2
#: The fake engine does not find an orange again: what brings masks to edges comes with torch, and takes seconds.
WORDS = ("--replace", "apple", "--with", "orange", "--engine", "never")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures that differ."""
    path = tmp_path / "in"
    path.mkdir()
    for number in range(COUNT):
        noise(3, seed=number).save(path / f"{number}.png")
    return path


def contents(out: Path) -> dict[str, Any]:
    """All files by their names, of the manifest the entries in their order, without what took how long."""
    files: dict[str, Any] = {
        path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }
    del files[".lock"]
    identity, *lines = files.get("manifest.jsonl", b"\n").splitlines()
    files["manifest.jsonl"] = [identity, *({**json.loads(line), "seconds": 0} for line in lines)]
    return files


def killed_at(moment: int, folder: Path, out: Path) -> None:
    """Run the command until then."""
    module = (sys.executable, "-m", "tests.engine.cli.killed_main", str(moment))
    home = out.parent / "home"
    ended = subprocess.run(
        [*module, "batch", folder, "-o", out, *WORDS], env=environment(home), capture_output=True, timeout=120
    )
    assert ended.returncode == -signal.SIGKILL


def check(moments: Sequence[int], run: Command, folder: Path, tmp_path: Path) -> None:
    """At each of them anew: what is there then is whole, and what the same command makes of it is what it would have
    been.
    """
    (tmp_path / "home").mkdir()
    run("batch", folder, "-o", tmp_path / "whole", *WORDS)
    whole = contents(tmp_path / "whole")
    assert len(whole["manifest.jsonl"]) == 1 + COUNT
    for moment in moments:
        out = tmp_path / f"out-{moment}"
        killed_at(moment, folder, out)
        there = contents(out)
        for name, data in there.items():
            assert name.endswith(".partial") or name == "manifest.jsonl" or data == whole[name]
        for entry in there["manifest.jsonl"][1:]:
            assert {entry["results"][0]["file"], f"masks/{entry['id']}.png"} < there.keys()
        assert run("batch", folder, "-o", out, *WORDS).code == 0
        assert contents(out) == whole


@pytest.mark.slow
def test_killed_between_two_files(run: Command, folder: Path, tmp_path: Path) -> None:
    """The second picture's result has its name, its mask has not yet, and no line speaks of it."""
    check([2 + 2 + 5 + 4], run, folder, tmp_path)


@pytest.mark.thorough
def test_killed_at_every_moment(run: Command, folder: Path, tmp_path: Path) -> None:
    """Before each step onto the disk, from the first to the last."""
    check(range(1, MOMENTS + 1), run, folder, tmp_path)
    with pytest.raises(AssertionError):
        killed_at(MOMENTS + 1, folder, tmp_path / "all")
