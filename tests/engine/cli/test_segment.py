"""`text-replace segment`: the candidates that edit would see."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from tests.engine.cli.conftest import SIZE, Command, report
from tests.engine.cli.fake_engine import FakeEngine
from text_replace_wire.choosing import Select


def test_candidates_are_printed_and_the_choice_is_marked(run: Command, source: Path, tmp_path: Path) -> None:
    """Found: code 0, one line a candidate, best first, and REPORT as far as it is known."""
    ended = run("segment", source, "--replace", "apple", "--json", tmp_path / "r.json")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[1].split() == ["*", "0", "thing", "0", "0.500", "0.500", "24,16,48,32", "384"]
    assert lines[2].split() == ["1", "thing", "1", "0.500", "0.500", "60,16,72,48", "384"]
    written = report(tmp_path / "r.json")
    assert (written["status"], written["chosen"], written["with"], written["seed"]) == ("done", [0], None, None)
    assert written["size"] == list(SIZE)


def test_what_was_made_of_the_file_is_said(run: Command, tmp_path: Path) -> None:
    """A palette, missing rows and the like are named on screen and in REPORT, as with edit."""
    Image.new("RGB", SIZE).quantize(4).save(tmp_path / "p.png")
    ended = run("segment", tmp_path / "p.png", "--replace", "apple", "--json", tmp_path / "r.json")
    assert ended.code == 0 and "palette" in ended.err
    assert "palette" in report(tmp_path / "r.json")["warnings"][0]


def test_not_found_has_the_same_list(run: Command, source: Path, tmp_path: Path) -> None:
    """Not found: code 3, the candidates all the same, and what was looked for and seen on stderr."""
    ended = run("segment", source, "--replace", "unicorn", "--json", tmp_path / "r.json")
    assert ended.code == 3
    assert "unicorn" in ended.err
    assert len(ended.out.splitlines()) == 3
    assert report(tmp_path / "r.json")["status"] == "not_found"


def test_where_limits_the_candidates(run: Command, fake: type[FakeEngine], source: Path, tmp_path: Path) -> None:
    """Only what --where shows is listed."""
    where = np.zeros(SIZE[::-1], np.uint8)
    where[:, :40] = 1
    Image.fromarray(where).save(tmp_path / "w.png")
    ended = run("segment", source, "--replace", "apple", "--where", tmp_path / "w.png")
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 2
    assert "24,16,40,32" in ended.out


def test_the_rule_that_chooses_is_asked_for_and_reported(
    run: Command, edit: Command, fake: type[FakeEngine], source: Path, tmp_path: Path
) -> None:
    """--select reaches the engine and REPORT in both commands; where it is said where the object is, it is refused."""
    commands: tuple[Command, ...] = (partial(run, "segment", source, "--replace", "apple"), edit)
    for command in commands:
        assert command("--select", "paper", "--json", tmp_path / "r.json").code == 0
        assert fake.finds.pop().select is Select.PAPER and report(tmp_path / "r.json")["select"] == "paper"
        assert command("--json", tmp_path / "r.json").code == 0
        assert fake.finds.pop().select is Select.OURS and report(tmp_path / "r.json")["select"] == "ours"
        refused = command("--select", "paper", "--point", "30,20")
        assert refused.code == 2 and "--select" in refused.err and not fake.finds
