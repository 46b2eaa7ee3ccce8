"""One engine and many pictures: what is done beside painting, and how much of it."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli.conftest import noise
from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.batch.entry import Made
from text_replace_engine.batch.flow import overlapping
from text_replace_engine.batch.job import Job
from text_replace_engine.batch.making import Settings
from text_replace_engine.batch.stamping import asked_of
from text_replace_engine.client.wanted import Wanted
from text_replace_wire.api import Edited, IsCancelled, OnProgress, never
from text_replace_wire.errors import OutputError
from text_replace_wire.messages import Edit
from text_replace_wire.pairs import Pair

COUNT = 8
PATIENCE = 30.0


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[Job]:
    """Pictures, an apple in each of which becomes a pear."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    noise(3).save(tmp_path / "in.png")
    wanted = Wanted(tmp_path / "in.png", (Pair("apple", "pear"),), 0)
    return [Job(str(number), wanted, ("pear",)) for number in range(COUNT)]


class Watched(FakeEngine):
    """Says which number of a picture it begins to paint."""

    def __init__(self, on_paint: Callable[[int], object]) -> None:
        super().__init__()
        self._on_paint = on_paint
        self._painted = 0

    def edit(self, request: Edit, on_progress: OnProgress, cancelled: IsCancelled, *more: Any) -> Edited:
        self._painted += 1
        self._on_paint(self._painted)
        return super().edit(request, on_progress, cancelled, *more)


def test_pictures_are_read_ahead_but_few(jobs: Sequence[Job]) -> None:
    """While one is painted, at most two more are asked for: memory does not grow with the input."""
    asked: list[str] = []
    ahead: list[int] = []

    def asking() -> Iterator[Job]:
        for job in jobs:
            asked.append(job.id)
            yield job

    engine = Watched(lambda number: ahead.append(len(asked) - number))
    kept: list[str] = []
    made = overlapping(engine, never, asking(), Settings(), lambda made: kept.append(made.entry.id))
    assert [entry.id for entry in made] == kept == [job.id for job in jobs]
    assert ahead == [2] * (COUNT - 2) + [1, 0]


def test_a_pipe_among_pictures_is_not_waited_for(jobs: Sequence[Job]) -> None:
    """Whether another picture is asked for now is known without opening what is none."""
    pipe = jobs[0].wanted.source.with_name("pipe.png")
    os.mkfifo(pipe)
    job = dataclasses.replace(jobs[0], wanted=dataclasses.replace(jobs[0].wanted, source=pipe))
    asked: list[str] = []
    asking = threading.Thread(target=lambda: asked.append(asked_of(job)), daemon=True)
    asking.start()
    asking.join(PATIENCE)
    assert asked


def test_writing_does_not_hold_painting_up(jobs: Sequence[Job]) -> None:
    """The second picture is painted while the first one is still being written."""
    is_second_painted = threading.Event()

    def keep(made: Made) -> None:
        assert made.entry.id != "0" or is_second_painted.wait(PATIENCE)

    def on_paint(number: int) -> None:
        if number == 2:
            is_second_painted.set()

    assert len(list(overlapping(Watched(on_paint), never, jobs, Settings(annotated=False), keep))) == COUNT


def test_what_cannot_be_kept_ends_it(jobs: Sequence[Job]) -> None:
    """Within a few pictures, and nothing after it is kept: a full disk stays full."""
    kept: list[str] = []

    def keep(made: Made) -> None:
        if made.entry.id == "1":
            raise OutputError("The disk is full.")
        kept.append(made.entry.id)

    with pytest.raises(OutputError):
        list(overlapping(FakeEngine(), never, jobs, Settings(), keep))
    assert "0" in kept and str(COUNT - 1) not in kept
