"""One model set at a time is in memory: two at once may not fit."""

from __future__ import annotations

import weakref

import pytest
import torch

from tests.engine.pipeline.stand_ins import FlatPainter, StandInSet
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry
from text_replace_wire.errors import OutOfMemory

pytestmark = pytest.mark.slow


def test_what_is_not_in_use_is_let_go_before_another_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before another set is loaded, or the same one from other files, nothing of the last is left; one that is still
    right is kept.
    """
    loaded: list[weakref.ref[FlatPainter]] = []
    alive: list[int] = []

    def painter() -> FlatPainter:
        made = FlatPainter()
        loaded.append(weakref.ref(made))
        return made

    def count() -> None:
        alive.append(sum(reference() is not None for reference in loaded))

    first, second = (StandInSet(name, painter, count) for name in ("first", "second"))
    monkeypatch.setattr(registry, "model_sets", lambda: {"first": first, "second": second})
    pipeline = Pipeline("cpu")
    for name in ("first", "first", "second", "first"):
        pipeline.warm(name)
    assert pipeline.loaded == ("first",)
    first.files = 2
    pipeline.warm("first")
    assert len(loaded) == 4
    assert alive == [0, 0, 0, 0]


def test_a_set_that_does_not_fit_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too large for the graphics card, loading it beforehand fails as an edit with it does; others can be loaded."""

    def too_large() -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    sets = {"large": StandInSet("large", FlatPainter, too_large), "small": StandInSet("small", FlatPainter)}
    monkeypatch.setattr(registry, "model_sets", lambda: sets)
    pipeline = Pipeline("cpu")
    with pytest.raises(OutOfMemory):
        pipeline.warm("large")
    pipeline.warm("small")
    assert pipeline.loaded == ("small",)


def test_threads_are_those_of_the_set_unless_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A set that is faster with one thread computes with one; the next set has all again. Who gave a number has it with
    every set.
    """
    sets = {"small": StandInSet("small", FlatPainter, threads=1), "large": StandInSet("large", FlatPainter)}
    monkeypatch.setattr(registry, "model_sets", lambda: sets)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        seen = []
        for pipeline in (Pipeline("cpu"), Pipeline("cpu", threads=2)):
            for name in ("small", "large"):
                pipeline.warm(name)
                seen.append(torch.get_num_threads())
        assert seen == [1, 3, 2, 2]
    finally:
        torch.set_num_threads(before)
