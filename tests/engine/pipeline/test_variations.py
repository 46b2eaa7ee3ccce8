"""Several variations in one request: which they are, when they come, and how one is repeated."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.edits import array_of, region_edit, run
from tests.engine.pipeline.stand_ins import FlatPainter, StandInSet
from text_replace_engine import devices
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry
from text_replace_wire.api import Edited, never
from text_replace_wire.errors import OutOfMemory
from text_replace_wire.messages import Edit, Progress, Stage, Variation
from text_replace_wire.options import MAX_SEED
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane

pytestmark = pytest.mark.slow

#: Two steps.
SHORT = Painting("fast", options={"strength": 0.08, "cutouts": 2})


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """The real one."""
    return Pipeline("cpu")


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> FlatPainter:
    """That of the models “flat”, which paint two samples at once where memory allows."""
    made = FlatPainter()
    monkeypatch.setattr(registry, "model_sets", lambda: {"flat": StandInSet("flat", lambda: made)})
    return made


def request(models: str = "starter", **changes: Any) -> Edit:
    """Of a noisy picture."""
    region = np.zeros((60, 80), np.uint8)
    region[20:40, 30:50] = 255
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    return region_edit(pixels, region, changes.pop("painting", SHORT), models, **changes)


def answers(edited: Edited) -> list[tuple[Plane, dict[str, Any]]]:
    """Every variation's pixels and report, but for the time it took."""
    return [
        (variation.pixels, {key: value for key, value in variation.report.items() if key != "seconds"})
        for variation in edited.variations
    ]


def colours(edited: Edited) -> list[tuple[int, ...]]:
    """Of the flat painter: (seed, painted at once, place among them) of every variation."""
    planes = (array_of(variation.pixels) for variation in edited.variations)
    return [tuple(int(value) for value in plane[plane.shape[0] // 2, plane.shape[1] // 2]) for plane in planes]


def places(edited: Edited) -> list[tuple[int, int, int]]:
    """As reported: (batch, variations painted at once, place among them)."""
    reports = (variation.report for variation in edited.variations)
    return [(report["batch"], report["variations"], report["place"]) for report in reports]


def test_variations_are_edits_with_the_following_seeds(pipeline: Pipeline) -> None:
    """On a processor two variations are, in pixels and reports, two edits with the seeds S and S + 1."""
    together, _ = run(pipeline, request(seed=5, variations=2))
    apart = [run(pipeline, request(seed=seed))[0] for seed in (5, 6)]
    assert answers(together) == [answer for edited in apart for answer in answers(edited)]
    assert [report["seed"] for _, report in answers(together)] == [5, 6]
    assert answers(together)[0][0] != answers(together)[1][0]
    assert together.region == apart[0].region and together.object_mask == apart[0].object_mask


def test_seeds_start_again_after_the_last_one(pipeline: Pipeline) -> None:
    """S + i wraps, so every seed can have variations."""
    edited, _ = run(pipeline, request(seed=MAX_SEED, variations=2))
    assert [report["seed"] for _, report in answers(edited)] == [MAX_SEED, 0]


def test_no_seed_is_in_two_of_the_best(painter: FlatPainter) -> None:
    """Where each variation is the best of four samples all are of their own; each is repeated by its first seed."""
    painter.best_of, painter.batches = 4, (4,)
    run(Pipeline("cpu"), request("flat", seed=1, variations=2))
    assert painter.painted == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_every_variation_comes_as_soon_as_it_is_painted(pipeline: Pipeline) -> None:
    """The first is delivered before the second is begun; steps say which of how many they belong to."""
    news: list[str] = []

    def told(progress: Progress) -> None:
        if progress.stage is Stage.EDIT:
            news.append(f"step {progress.step} of {progress.variation}/{progress.variations}")

    def delivered(variation: Variation) -> None:
        news.append(f"seed {variation.report['seed']}")

    LocalEngine(pipeline).edit(request(variations=2), told, never, on_variation=delivered)
    assert news == ["step 1 of 0/2", "step 2 of 0/2", "seed 1", "step 1 of 1/2", "step 2 of 1/2", "seed 2"]


def test_keep_leaves_out_what_was_not_begun(pipeline: Pipeline) -> None:
    """Kept in the first variation, that is the only one, as it was then."""
    told: list[Progress] = []

    def enough() -> bool:
        return any(progress.stage is Stage.EDIT for progress in told)

    edited = LocalEngine(pipeline).edit(request(variations=2), told.append, never, enough)
    assert [report["kept_at"] for _, report in answers(edited)] == [1]
    assert {progress.variation for progress in told} == {0}
    again, _ = run(pipeline, request(painting=dataclasses.replace(SHORT, keep_at=1)))
    assert answers(again) == answers(edited)


@pytest.mark.parametrize("batch", [None, 2])
def test_a_place_answers_with_that_variation_alone(pipeline: Pipeline, batch: int | None) -> None:
    """It is bit for bit the one that was painted with the others; what was not painted beside it is not painted."""
    both = answers(run(pipeline, request(variations=2, batch=batch))[0])
    assert len(both) == 2
    second, told = run(pipeline, request(variations=2, batch=batch, place=1))
    assert answers(second) == both[1:]
    steps = [progress.variation for progress in told if progress.stage is Stage.EDIT]
    assert set(steps) == ({1} if batch is None else {0})


def test_batch_and_place_are_reported(painter: FlatPainter) -> None:
    """Painted at once, variations say so: how many, and which of them they are; what is left over is a batch of its
    own.
    """
    edited, _ = run(Pipeline("cpu"), request("flat", variations=3))
    assert painter.painted == [[1, 2], [3]]
    assert colours(edited) == [(1, 2, 0), (2, 2, 1), (3, 1, 0)]
    assert places(edited) == [(2, 2, 0), (2, 2, 1), (2, 1, 0)]
    assert [report["seed"] for _, report in answers(edited)] == [1, 2, 3]


def test_a_report_is_enough_to_repeat_a_variation(painter: FlatPainter) -> None:
    """The seed of the first beside it, and the batch, their number and the place that were reported, give the same
    pixels and report; a single edit with its seed does not.
    """
    pipeline = Pipeline("cpu")
    both, _ = run(pipeline, request("flat", variations=2))
    asked = request("flat", seed=1, batch=2, variations=2, place=1)
    assert answers(run(pipeline, asked)[0]) == answers(both)[1:]
    assert colours(run(pipeline, request("flat", seed=2))[0]) != colours(both)[1:]


def test_keep_at_once_leaves_out_the_next_batch(painter: FlatPainter) -> None:
    """Both of the batch in which the user said so are delivered, ended early; the next is not begun."""
    told: list[Progress] = []

    def enough() -> bool:
        return any(progress.stage is Stage.EDIT for progress in told)

    edited = LocalEngine(Pipeline("cpu")).edit(request("flat", variations=4), told.append, never, enough)
    assert painter.painted == [[1, 2]]
    assert [report["kept_at"] for _, report in answers(edited)] == [2, 2]


def test_a_batch_that_does_not_fit_is_painted_one_by_one(painter: FlatPainter) -> None:
    """Out of memory in the second batch, the next way is tried from there: nothing is delivered twice, nothing lost."""
    painter.room = 1
    delivered: list[Variation] = []
    edited = LocalEngine(Pipeline("cpu")).edit(
        request("flat", variations=4), lambda _: None, never, on_variation=delivered.append
    )
    assert painter.painted == [[1, 2], [3, 4], [3], [4]]
    assert colours(edited) == [(1, 2, 0), (2, 2, 1), (3, 1, 0), (4, 1, 0)]
    assert tuple(delivered) == edited.variations
    assert places(edited) == [(2, 2, 0), (2, 2, 1), (1, 1, 0), (1, 1, 0)]


def test_half_painted_pictures_are_let_go_before_the_next_try(
    painter: FlatPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is given back only once nothing holds what did not fit: else the next try finds as little."""
    released, held = devices.release, list[bool]()

    def watched(device: torch.device) -> None:
        released(device)
        held.append(any(x_t() is not None for x_t in painter.working))

    pipeline = Pipeline("cpu")
    pipeline.warm("flat")
    # What is logged is kept for the test's report, and the error with it.
    monkeypatch.setattr(logging.getLogger("text_replace_engine.pipeline"), "disabled", True)
    monkeypatch.setattr(devices, "release", watched)
    painter.room = 0
    run(pipeline, request("flat", variations=2))
    assert painter.painted == [[1, 2], [1], [2]]
    assert held == [False]


def test_a_batch_that_was_asked_for_is_not_changed(painter: FlatPainter) -> None:
    """It repeats a picture, and another batch would give another one: out of memory is an error."""
    painter.room = 0
    with pytest.raises(OutOfMemory):
        run(Pipeline("cpu"), request("flat", variations=2, batch=2))
    assert painter.painted == [[1, 2]]
