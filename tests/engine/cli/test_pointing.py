"""`--point` and `--box`: what they ask of the engine, what a report keeps of them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.engine.cli.conftest import SIZE, Command, report
from tests.engine.cli.fake_engine import FakeEngine
from text_replace_wire.geometry import Box


def test_what_is_pointed_at_is_asked_and_recorded(
    edit: Command, run: Command, fake: type[FakeEngine], source: Path, tmp_path: Path
) -> None:
    """All points and the box are in the one request of edit and segment, and in REPORT as they can be given back."""
    pointed = ["--point", "40,20", "--point", "42, 21", "--box", "24,16,48,32"]
    listing = run("segment", source, "--replace", "apple", *pointed, "--json", tmp_path / "s.json")
    assert (listing.code, edit(*pointed, "--json", tmp_path / "e.json").code) == (0, 0)
    for request, name in zip(fake.finds, ("s.json", "e.json"), strict=True):
        assert (request.points, request.box) == (((40, 20), (42, 21)), Box(24, 16, 48, 32))
        written = report(tmp_path / name)
        assert (written["points"], written["box"]) == ([[40, 20], [42, 21]], [24, 16, 48, 32])


def test_without_them_a_report_says_so(edit: Command, tmp_path: Path) -> None:
    """No points and no box are [] and null."""
    assert edit("--json", tmp_path / "r.json").code == 0
    written = report(tmp_path / "r.json")
    assert (written["points"], written["box"]) == ([], None)


_OUTSIDE = {
    "right of it": (["--point", f"{SIZE[0]},0"], "outside"),
    "below it": (["--point", f"0,{SIZE[1]}"], "outside"),
    "left of it": (["--point", "-1,5"], "outside"),
    "box that reaches out": (["--box", f"0,0,{SIZE[0] + 1},5"], "inside"),
    "empty box": (["--box", "5,5,5,9"], "empty"),
    "box upside down": (["--box", "5,9,8,5"], "empty"),
    "65 points": (["--point", "5,5"] * 65, "at most 64"),
}
_MEANINGLESS = {
    "one number": (["--point", "5"], "--point 120,80"),
    "words": (["--point", "here,there"], "--point 120,80"),
    "fractions": (["--point", "5.5,6"], "--point 120,80"),
    "thousands of digits": (["--point", "1" * 5000 + ",1"], "--point 120,80"),
    "three numbers": (["--box", "1,2,3"], "--box 100,60,180,140"),
    "nothing": (["--box", ""], "--box 100,60,180,140"),
}
_TOGETHER = {
    "point and region": (["--point", "5,5", "--region", "mask.png"], "leave out --region and --pick"),
    "box and pick": (["--box", "5,5,9,9", "--pick", "0"], "leave out --region and --pick"),
}


@pytest.mark.parametrize("name", [*_OUTSIDE, *_MEANINGLESS])
def test_places_that_are_none(run: Command, fake: type[FakeEngine], source: Path, tmp_path: Path, name: str) -> None:
    """Exit code 2 and a sentence with the remedy, before the engine is asked."""
    options, words = (_OUTSIDE | _MEANINGLESS)[name]
    ended = run("segment", source, "--replace", "apple", *options)
    assert ended.code == 2 and words in ended.err and len(ended.err) < 300
    assert not fake.finds


@pytest.mark.parametrize("name", _TOGETHER)
def test_two_answers_to_one_question(
    edit: Command, fake: type[FakeEngine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What is replaced is said once: by pointing, by a region, or by ranks."""
    Image.new("L", SIZE, 255).save(tmp_path / "mask.png")
    monkeypatch.chdir(tmp_path)
    options, words = _TOGETHER[name]
    ended = edit(*options)
    assert ended.code == 2 and words in ended.err
    assert not fake.finds and not (tmp_path / "out.png").exists()
