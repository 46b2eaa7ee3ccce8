"""One model set at a time is in memory: two at once may not fit."""

from __future__ import annotations

import weakref

import pytest

from tests.engine.pipeline.stand_ins import FlatPainter, StandInSet
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry


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
