"""An early end that saves nothing is none."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.engine.edits import only, region_edit, run
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import never
from text_replace_wire.messages import Edit, Progress, Stage
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

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
