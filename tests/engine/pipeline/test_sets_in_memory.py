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
