"""What is told apart: an edit and its twin through the same windows, of which one shows ground alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from text_replace_engine.lab.evaluate import two_sample
from text_replace_engine.lab.evaluate.edit_cases import EditCase, Twin
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import never

SIZE, SIDE = 300, two_sample.SIDE
REAL, PAINTED = 50, 200


class Cases:
    """The same case at every number."""

    def __init__(self, case: EditCase) -> None:
        self._case = case

    def __getitem__(self, index: int) -> EditCase:
        return self._case


def _case(longest: int, twin: bool = True) -> EditCase:
    """An object in the middle, `longest` pixels a side; in the twin another, of a third of that."""
    mask, alpha = np.zeros((2, SIZE, SIZE), bool)
    mask[_middle(longest)] = True
    alpha[_middle(longest // 3)] = True
    real = np.full((SIZE, SIZE, 3), REAL, np.uint8)
    made = Twin(real, alpha.astype(np.float32), real) if twin else None
    return EditCase(real, mask, "apple", "orange", 0, False, made)


def _middle(side: int) -> tuple[slice, slice]:
    start = (SIZE - side) // 2
    return slice(start, start + side), slice(start, start + side)


def _windows(case: EditCase, shown: int) -> tuple[np.ndarray, ...]:
    """Of an edit that painted the whole of the object; its new object is `shown` pixels a side."""
    pixels = np.where(case.mask[..., None], np.uint8(PAINTED), case.pixels)
    new = np.zeros((SIZE, SIZE), bool)
    new[_middle(shown)] = True
    return two_sample.windows(case, pixels, case.mask.astype(np.uint8) * 255, new)


def test_both_are_seen_through_the_same_windows() -> None:
    """The whole is the middle of the edit; the ground is where most of it is to be seen, without either object."""
    real, painted, ground, painted_ground = _windows(_case(240), 60)
    assert {window.shape for window in (real, painted, ground, painted_ground)} == {(SIDE, SIDE, 3)}
    assert (real == REAL).all()
    assert (painted == PAINTED).all()
    seen = painted_ground == PAINTED
    assert seen.mean() > 0.8
    assert np.array_equal(seen, ground == REAL)
    assert (ground[~seen] == painted_ground[~seen]).all()


def test_only_what_shows_ground_is_told_by_it() -> None:
    """An edit whose new object fills the region has no ground to tell it by, and counts for the whole alone."""
    with_ground, without = _windows(_case(240), 60), _windows(_case(240), 240)
    real, painted = two_sample.grounds(np.stack([np.stack(without), np.stack(with_ground)]))
    assert np.array_equal(real, with_ground[2][None])
    assert np.array_equal(painted, with_ground[3][None])


def test_what_has_no_window_is_not_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small objects, and cases without a twin, cost no edit."""

    def painted(*_: object) -> None:
        raise AssertionError("painted")

    monkeypatch.setattr(two_sample, "paint", painted)
    cases = [_case(60), _case(240, twin=False)]
    assert [two_sample._pair(LocalEngine(Pipeline()), case, never) for case in cases] == [None, None]
    with pytest.raises(AssertionError, match="painted"):
        two_sample._pair(LocalEngine(Pipeline()), _case(240), never)


def test_pairs_are_painted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted run goes on: windows that are kept are read, edits without any are passed over."""
    asked: list[None] = []

    def pair(*_: object) -> tuple[np.ndarray, ...] | None:
        asked.append(None)
        return None if len(asked) == 2 else tuple(np.full((4, 16, 16, 3), len(asked), np.uint8))

    def told(what: str, done: int, count: int) -> None:
        assert (what, done <= count) == ("pairs", True)

    monkeypatch.setattr(two_sample, "_pair", pair)
    engine, cases = LocalEngine(Pipeline()), Cases(_case(240))
    first = two_sample.pairs(engine, cases, 2, tmp_path, told, never)
    again = two_sample.pairs(engine, cases, 3, tmp_path, told, never)
    assert len(asked) == 4
    assert np.array_equal(again[:2], first)
