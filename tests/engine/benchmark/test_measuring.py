"""Asking about every case: what is kept, what is asked again, what ends the run and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from text_replace_engine.lab.benchmark.case import Broken, Case, Pixels, Result
from text_replace_engine.lab.benchmark.measuring import Bench, measure
from text_replace_engine.lab.benchmark.metric import Better, Metric
from text_replace_engine.lab.benchmark.results.folder import Folder
from text_replace_engine.lab.benchmark.results.rows import Row, Rows
from text_replace_wire.api import IsCancelled, never
from text_replace_wire.errors import (
    BadImage,
    CannotPaint,
    EngineLost,
    NoPicture,
    NotFound,
    OutOfMemory,
    TextReplaceError,
)

PICTURE = np.full((3, 4, 3), 7, np.uint8)


@dataclass
class Meter:
    references: list[Pixels | None] = field(default_factory=list)
    metrics: tuple[Metric, ...] = (Metric("brightness", "brightness", Better.NEITHER),)

    def values(
        self, case: Case, before: Pixels, result: Result, reference: Pixels | None
    ) -> Mapping[str, float | None]:
        self.references.append(reference)
        return {"brightness": float(result.after.mean())}


@dataclass
class Judge:
    """A source that judges."""

    entries: tuple[Case | Broken, ...] = ()
    name: str = "mine"
    left_out: Mapping[str, int] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = (Metric("judged", "judged", Better.HIGHER),)

    def judged(self, case: Case, result: Result) -> Mapping[str, float | None]:
        return {"judged": 1.0}


@dataclass
class Method:
    """Gives a white picture, or raises what is written for a case."""

    errors: dict[str, TextReplaceError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    channels: list[int] = field(default_factory=list)
    name: str = "white"

    def identity(self) -> Mapping[str, Any]:
        return {}

    def stamp(self, case: Case) -> str:
        return ""

    def result(self, case: Case, before: Pixels, cancelled: IsCancelled) -> Result:
        self.asked.append(case.id)
        self.channels.append(before.shape[2])
        if case.id in self.errors:
            raise self.errors[case.id]
        white = np.full((*before.shape[:2], 3), 255, np.uint8)
        return Result(white, region=np.full(before.shape[:2], 255, np.uint8), report={"seed": 1})


def _case(identifier: str) -> Case:
    return Case(identifier, "apple", "pear", 0, lambda: PICTURE, place=f"“cases.jsonl”, line {identifier}")


def _measured(folder: Path, method: Method, *entries: Case | Broken) -> list[Row]:
    places = Folder(folder)
    bench = Bench(Judge(), entries, Meter(), places)
    return measure(bench, method, Rows(places.rows, {}), places.own, lambda *_: None, never)


def test_a_row_has_values_report_and_pictures(tmp_path: Path) -> None:
    """What is measured and what the source's judge says stand beside what was painted."""
    (row,) = _measured(tmp_path, Method(), _case("1"))
    assert (row.values, row.report, row.failure) == ({"brightness": 255.0, "judged": 1.0}, {"seed": 1}, "")
    for folder in ("pictures", "results", "masks"):
        assert (tmp_path / folder / "1.png").is_file()


def test_a_grey_picture_is_edited_as_one_of_one_channel(tmp_path: Path) -> None:
    """As `edit` does it, so that the new object is grey; what is kept and measured is RGB."""
    method = Method()
    _measured(tmp_path, method, replace(_case("1"), read=lambda: PICTURE[:, :, :1]))
    assert method.channels == [1]
    assert Image.open(tmp_path / "pictures" / "1.png").mode == "RGB"


def test_a_tool_that_tells_no_region_is_measured_by_the_engines_own(tmp_path: Path) -> None:
    """Without reference masks, too, another tool's pictures have a background beside the engine's."""

    class Tool(Method):
        def result(self, case: Case, before: Pixels, cancelled: IsCancelled) -> Result:
            return Result(np.zeros_like(before))

    places, meter = Folder(tmp_path), Meter()
    bench = Bench(Judge(), [_case("1")], meter, places)
    measure(bench, Method(), Rows(places.rows, {}), places.own, lambda *_: None, never)
    theirs = places.compared("tool")
    measure(bench, Tool(name="tool"), Rows(places.compared_rows("tool"), {}), theirs, lambda *_: None, never)
    own, others = meter.references
    assert own is None
    assert others is not None and (others == 255).all()


def test_a_tool_is_measured_again_where_the_engine_has_a_region_now(tmp_path: Path) -> None:
    """Memory was too short for the engine's own edit: the next run comes to the same values as one that never was."""

    class Tool(Method):
        def result(self, case: Case, before: Pixels, cancelled: IsCancelled) -> Result:
            return Result(np.zeros_like(before))

    places, meter = Folder(tmp_path), Meter()
    bench, theirs = Bench(Judge(), [_case("1")], meter, places), places.compared("tool")
    runs: list[dict[str, TextReplaceError]] = [{"1": OutOfMemory("Too large.")}, {}, {}]
    for errors in runs:
        measure(bench, Method(errors), Rows(places.rows, {}), places.own, lambda *_: None, never)
        tool = Tool(name="tool")
        measure(bench, tool, Rows(places.compared_rows("tool"), {}), theirs, lambda *_: None, never)
    assert [reference is None for reference in meter.references] == [True, True, False]


def test_no_earlier_result_stands_for_one_that_failed(tmp_path: Path) -> None:
    """Of a case that was changed and is not found now, the mask of before would be shown, and measured by."""
    _measured(tmp_path, Method(), _case("1"))
    _measured(tmp_path, Method({"1": NotFound("I saw a pear.")}), replace(_case("1"), with_="plum"))
    assert not [*(tmp_path / "results").iterdir(), *(tmp_path / "masks").iterdir()]


def test_a_failure_names_the_line_where_the_case_is_now(tmp_path: Path) -> None:
    """Whoever mended a line above must not be sent to the wrong one."""
    errors: dict[str, TextReplaceError] = {"1": CannotPaint("No zebra.")}
    _measured(tmp_path, Method(errors), _case("1"))
    (row,) = _measured(tmp_path, Method(errors), replace(_case("1"), place="“cases.jsonl”, line 10"))
    assert row.failure == "“cases.jsonl”, line 10: No zebra."


def test_what_fails_is_a_sentence_and_the_others_go_on(tmp_path: Path) -> None:
    """A night's run does not end at the third picture."""

    def unreadable() -> Pixels:
        raise BadImage("“a.png” is damaged.")

    errors = {
        "2": NotFound("I saw a pear."),
        "3": CannotPaint("No zebra."),
        "4": OutOfMemory("Too large."),
        "7": NoPicture("Numbers ran over."),
    }
    entries: list[Case | Broken] = [
        *map(_case, "1234"),
        replace(_case("5"), read=unreadable),
        Broken("cases.jsonl:6", "Line 6."),
        *map(_case, "78"),
    ]
    rows = _measured(tmp_path, Method(errors), *entries)
    kinds = ["", "not_found", "cannot_paint", "out_of_memory", "bad_image", "usage", "no_picture", ""]
    assert [row.kind for row in rows] == kinds
    assert rows[2].failure == "“cases.jsonl”, line 3: No zebra."
    assert rows[5].failure == "Line 6."


def test_what_ends_the_engine_ends_the_run(tmp_path: Path) -> None:
    """What was known before is kept; nothing is written about the case."""
    with pytest.raises(EngineLost):
        _measured(tmp_path, Method({"2": EngineLost("Gone.")}), _case("1"), _case("2"), _case("3"))
    method = Method()
    _measured(tmp_path, method, _case("1"), _case("2"), _case("3"))
    assert method.asked == ["2", "3"]


def test_only_what_is_known_is_not_asked_again(tmp_path: Path) -> None:
    """Words, picture, or a result that is gone: each makes a case new; so does memory that was short."""
    entries = [*map(_case, "123456")]
    errors = {"5": OutOfMemory("Too large."), "6": NotFound("I saw a pear.")}
    _measured(tmp_path, Method(errors), *entries)
    (tmp_path / "results" / "4.png").unlink()
    changed = [entries[0], replace(entries[1], with_="plum"), replace(entries[2], stamp=lambda: "new"), *entries[3:]]
    again = Method(errors)
    rows = _measured(tmp_path, again, *changed)
    assert again.asked == ["2", "3", "4", "5"]
    assert [row.id for row in rows] == list("123456")


def test_an_entry_that_was_mended_is_asked(tmp_path: Path) -> None:
    """The sentence about it goes, in the same folder."""
    _measured(tmp_path, Method(), Broken("cases.jsonl:1", "Line 1."))
    method = Method()
    (row,) = _measured(tmp_path, method, _case("1"))
    assert method.asked == ["1"] and not row.failure


def test_time_that_is_left_is_counted_from_what_was_known(tmp_path: Path) -> None:
    """The first call says how many there are already, which took no time."""
    _measured(tmp_path, Method(), *map(_case, "12"))
    calls: list[tuple[str, int, int]] = []
    places = Folder(tmp_path)
    bench = Bench(Judge(), [*map(_case, "1234")], Meter(), places)
    measure(bench, Method(), Rows(places.rows, {}), places.own, lambda *call: calls.append(call), never)
    assert calls == [("white", 2, 4), ("white", 3, 4), ("white", 4, 4)]
