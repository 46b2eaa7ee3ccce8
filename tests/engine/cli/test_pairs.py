"""Several `--replace` and `--with` in one run of `text-replace edit`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.engine.cli.conftest import Command, Ended, report
from tests.engine.cli.fake_engine import FakeEngine
from tests.engine.cli.test_edit import pixels


@pytest.fixture
def edit_pairs(run: Command, source: Path, tmp_path: Path) -> Command:
    """Runs `text-replace edit` of the source picture with these pairs of words, and writes REPORT."""

    def invoke(*pairs: tuple[str, str], options: tuple[object, ...] = (), out: str = "out.png") -> Ended:
        words = [word for replace, with_ in pairs for word in ("--replace", replace, "--with", with_)]
        files = ["-o", tmp_path / out, "--json", tmp_path / "r.json"]
        return run("edit", source, *words, *files, "--seed", 7, *options)

    return invoke


def test_objects_change_places(
    edit_pairs: Command, edit: Command, fake: type[FakeEngine], source: Path, tmp_path: Path
) -> None:
    """Both are found in IN and painted from IN: outside both regions every pixel is IN's own, and inside each the
    pixels are those of that pair alone with the same seed.
    """
    assert edit_pairs(("apple", "pear"), ("pear", "apple")).code == 0
    assert [find.image for find in fake.finds] == [fake.finds[0].image] * 2
    assert [(each.replace, each.with_, each.seed) for each in fake.edits] == [
        ("apple", "pear", 7),
        ("pear", "apple", 7),
    ]
    together, before = pixels(tmp_path / "out.png"), pixels(source)
    outside = np.ones(before.shape[:2], bool)
    for replace, with_ in (("apple", "pear"), ("pear", "apple")):
        files = ["-o", tmp_path / "alone.png", "--mask", tmp_path / "m.png", "--seed", 7]
        assert edit(*files, replace=replace, with_=with_).code == 0
        inside = pixels(tmp_path / "m.png") > 0
        assert inside.any() and np.array_equal(together[inside], pixels(tmp_path / "alone.png")[inside])
        outside &= ~inside
    assert np.array_equal(together[outside], before[outside])


def test_a_report_has_an_entry_for_each(edit_pairs: Command, edit: Command, tmp_path: Path) -> None:
    """`pairs` has what is of one edit; the keys of old at the top level are those of the first pair, and what is of the
    whole run counts all of it. One pair alone has an entry, too.
    """
    ended = edit_pairs(("apple", "orange"), ("pear", "pear"))
    assert ended.code == 0 and "apple → orange, pear → pear, seed 7" in ended.out
    written = report(tmp_path / "r.json")
    first, second = written["pairs"]
    assert [(each["replace"], each["with"], each["chosen"]) for each in (first, second)] == [
        ("apple", "orange", [0]),
        ("pear", "pear", [1]),
    ]
    assert {key: written[key] for key in first} == first
    assert len(second["candidates"]) == 2 and second["samples"] == [{"seed": 7, "clip": 0.5}] and second["steps"] == 4
    assert written["seconds"]["denoiser"] == 2.0 and written["status"] == "done"
    assert edit("--json", tmp_path / "one.json").code == 0
    assert [each["replace"] for each in report(tmp_path / "one.json")["pairs"]] == ["apple"]


def test_one_region_in_two_pairs_is_refused(edit_pairs: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """Nobody knows which was meant: exit code 2, both are named, and nothing is painted."""
    ended = edit_pairs(("apple", "orange"), ("pear", "kiwi"), ("fruit", "lemon"))
    assert ended.code == 2 and "“apple” → “orange” and “fruit” → “lemon”" in ended.err
    assert not fake.edits and not list(tmp_path.glob("out*"))


def test_a_pair_that_is_not_found(edit_pairs: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """Exit code 3 says which; nothing is painted, and REPORT has what was found before."""
    ended = edit_pairs(("apple", "orange"), ("truck", "kiwi"))
    assert ended.code == 3 and "“truck” → “kiwi”: I looked for “truck”" in ended.err
    assert not fake.edits and not (tmp_path / "out.png").exists()
    written = report(tmp_path / "r.json")
    assert written["status"] == "not_found" and [pair["chosen"] for pair in written["pairs"]] == [[0], []]


def test_all_are_removed(run: Command, fake: type[FakeEngine], source: Path, tmp_path: Path) -> None:
    """`--remove` is of all objects."""
    ended = run("edit", source, "--replace", "apple", "--replace", "pear", "--remove", "-o", tmp_path / "out.png")
    assert ended.code == 0 and "apple removed, pear removed" in ended.out
    assert [(each.replace, each.with_) for each in fake.edits] == [("apple", ""), ("pear", "")]


_OF_ONE = {
    "--pick": "0",
    "--point": "30,20",
    "--box": "1,1,9,9",
    "--region": "m.png",
    "--mask": "m.png",
    "--object-mask": "m.png",
}


@pytest.mark.parametrize("option", _OF_ONE)
def test_options_of_one_object(edit_pairs: Command, fake: type[FakeEngine], option: str, tmp_path: Path) -> None:
    """What says or shows where one object is means nothing for two."""
    Image.new("L", (96, 64), 255).save(tmp_path / "m.png")
    value = tmp_path / _OF_ONE[option] if option.endswith(("mask", "region")) else _OF_ONE[option]
    ended = edit_pairs(("apple", "orange"), ("pear", "kiwi"), options=(option, value))
    assert ended.code == 2 and f"{option} is of one object" in ended.err and not fake.finds


def test_words_without_partners(run: Command, edit_pairs: Command, fake: type[FakeEngine], source: Path) -> None:
    """Every --replace needs its --with, and a run takes eight."""
    words = ["--replace", "apple", "--replace", "pear", "--with", "orange"]
    ended = run("edit", source, *words, "-o", "out.png")
    assert ended.code == 2 and "2 --replace and 1 --with" in ended.err
    ended = edit_pairs(*[("apple", "orange")] * 9)
    assert ended.code == 2 and "9 objects" in ended.err and not fake.finds
