"""Rows on disk: nothing that was known is lost or mixed with what is not comparable."""

from __future__ import annotations

from pathlib import Path

import pytest

from text_replace_engine.lab.benchmark.results.rows import Row, Rows, read_rows
from text_replace_wire.errors import UserError

IDENTITY = {"source": "mine", "models": ["a"], "settings": {"preset": "fast"}}
ROW = Row("one", "asked", {"mask_iou": 0.25, "seconds": None}, report={"seed": 3, "pairs": [{"replace": "äpfel"}]})


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    """The last of several about one case counts."""
    path = tmp_path / "out" / "results.jsonl"
    rows = Rows(path, IDENTITY)
    rows.add(Row("one", "asked", failure="Not yet.", kind="usage"))
    rows.add(ROW)
    again = Rows(path, IDENTITY)
    assert again.get("one") == rows.get("one") == ROW
    assert again.get("two") is None
    assert read_rows(path) == (IDENTITY, {"one": ROW})


def test_a_line_that_was_being_written_is_dropped(tmp_path: Path) -> None:
    """Wherever a process was killed, the next one goes on, and its rows are whole."""
    path = tmp_path / "results.jsonl"
    Rows(path, IDENTITY).add(ROW)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in (0, 5, first - 1, first, first + 5, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert read_rows(path)[1] == {} if length else True
        rows = Rows(path, IDENTITY)
        assert rows.get("one") is None
        rows.add(ROW)
        assert path.read_bytes() == whole


@pytest.mark.parametrize("part", IDENTITY)
def test_rows_of_another_run_are_refused_and_kept(tmp_path: Path, part: str) -> None:
    """Hours of computing are not thrown away because of an option, and tables never mix two settings."""
    path = tmp_path / "results.jsonl"
    Rows(path, IDENTITY).add(ROW)
    before = path.read_bytes()
    with pytest.raises(UserError, match="choose another folder"):
        Rows(path, {**IDENTITY, part: "other"})
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "line", [b"{}", b"[" * 100_000, b'{"id": 1, "asked": ""}', b'{"id": "", "asked": "", "values": [1]}']
)
def test_a_damaged_line_is_told_by_its_number(tmp_path: Path, line: bytes) -> None:
    """A file that somebody edited, or that is something else, is no bug."""
    path = tmp_path / "results.jsonl"
    Rows(path, IDENTITY).add(ROW)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(UserError, match="line 3"):
        Rows(path, IDENTITY)


@pytest.mark.parametrize("contents", [b"[]\n", b'{"mine": 1}\n{"mine"', b'{"mine": 1}', b"\xff"])
def test_another_file_of_that_name_is_left_as_it_is(tmp_path: Path, contents: bytes) -> None:
    """Somebody else's results are refused before anything is cut off them."""
    path = tmp_path / "results.jsonl"
    path.write_bytes(contents)
    with pytest.raises(UserError, match="choose another folder"):
        Rows(path, IDENTITY)
    assert path.read_bytes() == contents
