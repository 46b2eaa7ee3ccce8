"""Real pictures are told from others only where there is something to tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from text_replace_engine.lab.evaluate import two_sample
from text_replace_engine.lab.evaluate.edit_cases import QuickEdits
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import never

pytestmark = pytest.mark.slow
COUNT, SIDE = 96, 16


def test_blur_is_told_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of one kind are guessed at, those that are a little blurred are told from them."""
    monkeypatch.setattr(two_sample, "_WIDTHS", (16, 32))
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, COUNT, SIDE, SIDE, 3)).astype(np.uint8)
    blurred = ndimage.gaussian_filter(second.astype(np.float32), (0, 0.7, 0.7, 0)).astype(np.uint8)
    assert two_sample.told_apart(first, blurred).value > 0.9
    same = two_sample.told_apart(first, second)
    assert same.count == COUNT
    assert 0.3 < same.value < 0.7


def test_pairs_are_painted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted run goes on: windows that are kept are read, edits without any are passed over."""
    asked: list[None] = []

    def pair(*_: object) -> tuple[np.ndarray, ...] | None:
        asked.append(None)
        return None if len(asked) == 2 else tuple(np.full((4, SIDE, SIDE, 3), len(asked), np.uint8))

    def told(what: str, done: int, count: int) -> None:
        assert (what, done <= count) == ("pairs", True)

    monkeypatch.setattr(two_sample, "_pair", pair)
    engine, cases = LocalEngine(Pipeline()), QuickEdits()
    first = two_sample.pairs(engine, cases, 2, tmp_path, told, never)
    again = two_sample.pairs(engine, cases, 3, tmp_path, told, never)
    assert len(asked) == 4
    assert np.array_equal(again[:2], first)
