"""What models refuse of a batch, before they are loaded, whatever the input is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engine.batch.coco_files import document, source
from text_replace_engine.batch.job import Broken, Job, Source
from text_replace_engine.batch.sources.asked import Asked
from text_replace_engine.batch.sources.checking import checked
from text_replace_engine.batch.sources.registry import source_of
from text_replace_engine.sets.registry import resolved
from text_replace_wire.errors import CannotPaint, ModelMissing

ZEBRA = {"replace": ["apple"], "with": ["zebra"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that are called as pictures are; nobody looks into them."""
    for name in ("a.png", "b.png", "a/one.png", "b/two.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def _lines(folder: Path, *entries: Mapping[str, Any], asked: Mapping[str, Any] = {}) -> Source:
    path = folder / "t.jsonl"
    path.write_text("\n".join(json.dumps({"picture": "a.png", **entry}) for entry in entries))
    return source_of(path, Asked({"replace": ["apple"], "with": ["pear"], **asked}))


def _checked(asked: Source) -> Sequence[Job | Broken]:
    return checked(asked.jobs, resolved("starter"))


def test_what_is_refused_fails_alone(folder: Path) -> None:
    """Words and options that the models cannot paint are told with file and line, as the error that it would be at the
    picture's turn; the others stay as they were, and so does what was broken before.
    """
    asked = _lines(
        folder, {}, {"with": "zebra"}, {"steps": 0}, {"picture": "none.png"}, {"preset": "paper", "grow": 3}, {}
    )
    first, *refused, last = _checked(asked)
    assert (first, last) == (asked.jobs[0], asked.jobs[-1])
    assert all(isinstance(each, Broken) for each in refused)
    said = [(each.kind, each.why) for each in refused if isinstance(each, Broken)]
    assert [kind for kind, _ in said] == ["cannot_paint", "usage", "usage", "usage"]
    assert [why.split(": ")[0] for _, why in said] == [f"“t.jsonl”, line {number}" for number in range(2, 6)]
    assert "cannot paint a zebra" in said[0][1] and "number of steps is 0" in said[1][1]
    assert refused[2] is asked.jobs[3]


def test_what_is_refused_of_all_is_told_once(folder: Path) -> None:
    """A word of the command line is not told picture by picture, be they in a folder, a table or a COCO file; nor is
    the second of two pairs.
    """
    dataset = source(folder, document(), **{"with": ["zebra"]})
    assert len([job for job in dataset.jobs if isinstance(job, Job)]) == 2
    pairs = Asked({"replace": ["apple", "pear"], "with": ["orange", "zebra"]})
    for asked in (
        source_of(folder, Asked(ZEBRA)),
        source_of(folder, pairs),
        _lines(folder, {}, {}, asked=ZEBRA),
        dataset,
    ):
        with pytest.raises(CannotPaint, match=r"^The starter models cannot paint a zebra"):
            _checked(asked)


def test_what_can_be_painted_is_left_alone(folder: Path) -> None:
    """All jobs are the same, those of a COCO file too."""
    for asked in (_lines(folder, {}, {"with": "orange"}), source(folder, document())):
        assert list(_checked(asked)) == list(asked.jobs)


def test_models_that_are_missing_end_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is no entry's mistake."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(folder / "home"))
    with pytest.raises(ModelMissing):
        checked(_lines(folder, {}, {"with": "zebra"}).jobs, resolved("photo"))
