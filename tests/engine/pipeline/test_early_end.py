"""An early end that saves nothing is none."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.engine.edits import only, region_edit, run
from text_replace_engine.local import LocalEngine
from text_replace_engine.painting.course import Course
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import never
from text_replace_wire.messages import Edit, Progress, Stage
from text_replace_wire.painting import Painting

#: Two steps.
SHORT = Painting("fast", options={"strength": 0.08, "cutouts": 2})


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """The real one."""
    return Pipeline("cpu")


def request(painting: Painting) -> Edit:
    """Of a noisy picture."""
    region = np.zeros((60, 80), np.uint8)
    region[20:40, 30:50] = 255
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    return region_edit(pixels, region, painting)


@pytest.mark.parametrize(("preset", "last"), [("fast", 2), ("best", 8)])
def test_keep_in_the_last_step_is_no_early_end(pipeline: Pipeline, preset: str, last: int) -> None:
    """Said or asked for when nothing is left to save, the result is whole and nothing says that it ended early."""
    painting = dataclasses.replace(SHORT, preset=preset)
    whole, plainly = only(run(pipeline, request(painting))[0])
    told: list[Progress] = []

    def enough() -> bool:
        return bool(told) and told[-1].stage is Stage.EDIT and told[-1].step == told[-1].steps

    kept, said = only(LocalEngine(pipeline).edit(request(painting), told.append, never, enough))
    assert [progress.step for progress in told if progress.stage is Stage.EDIT][-1] == last
    asked, said_too = only(run(pipeline, request(dataclasses.replace(painting, keep_at=last)))[0])
    assert kept == asked == whole
    assert [report["kept_at"] for report in (plainly, said, said_too)] == [None, None, None]


def test_keep_a_step_before_the_last_is_an_early_end(pipeline: Pipeline) -> None:
    """With one step left it was ended early, after the step that it is given back by."""
    _, report = only(run(pipeline, request(dataclasses.replace(SHORT, keep_at=1)))[0])
    assert report["kept_at"] == 1


def test_the_course_remembers_that_it_was_enough() -> None:
    """Enough stays enough, whoever is asked later; `kept_at` is where something was left out, and null until then."""
    wanted = [False, True, False]
    course = Course(lambda: wanted.pop(0))
    course.step()
    assert not course.look()
    course.step(2)
    assert course.look() and course.look() and course.enough
    assert course.kept_at is None
    course.cut_short()
    assert course.kept_at == 3


def test_the_course_before_anything_is_painted() -> None:
    """No step of none, nothing left out, and not enough."""
    course = Course()
    assert (course.done, course.total, course.enough, course.kept_at) == (0, 0, False, None)
    assert not course.look()


def test_the_course_ends_at_the_step_that_was_asked_for() -> None:
    """From that step on it is enough, also where several steps are done at once and go past it."""
    course = Course(keep_at=2)
    course.step()
    assert not course.look()
    course.step(4)
    assert course.look()
