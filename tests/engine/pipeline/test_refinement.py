"""What is much larger than the network's size is painted again, finer, in tiles, by networks that can paint pieces."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.edits import array_of, networks_of, only, painter_of, region_edit, run
from text_replace_engine.client.report import Report
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.painting.areas import Shape, parts_of, refined_shape
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.guided.memory import needed, plans
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset
from text_replace_engine.painting.guided.sampling.tiles import FINEST
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.steps import finished
from text_replace_wire.api import never
from text_replace_wire.errors import Cancelled
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Edit, Progress, Stage
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

#: One step of the first pass, two half ones of the second.
SHORT = Painting(options={"strength": 0.04, "cutouts": 2})


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The starter models, as if they could paint pieces."""
    made = Pipeline("cpu")
    monkeypatch.setattr(networks_of(made).denoiser, "paints_pieces", True)
    return made


def request(side: int, **changes: Any) -> Edit:
    """An edit of a square region of a noisy picture; changes: of how it is painted."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (300, 340, 3), np.uint8)
    region = np.zeros((300, 340), np.uint8)
    region[20 : 20 + side, 30 : 30 + side] = 255
    return region_edit(pixels, region, dataclasses.replace(SHORT, **changes))


def steps_of(told: list[Progress]) -> list[tuple[int, int]]:
    return [(progress.step, progress.steps) for progress in told if progress.stage is Stage.EDIT]


def test_only_what_is_much_larger_is_painted_again() -> None:
    """At most half as large again is painted once; then at its own size, but never more than four tiles large."""
    assert refined_shape(Box(0, 0, 384, 384), (256, 256), FINEST) is None
    assert refined_shape(Box(0, 0, 400, 400), (256, 256), FINEST) == (400, 400)
    assert refined_shape(Box(0, 0, 3000, 1500), (192, 384), FINEST) == (336, 672)


def test_a_large_region_is_painted_in_tiles(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step of the second pass asks the network about four tiles of its own size; steps, losses, the report and
    the picture show it, and the same request gives the same picture.
    """
    size = networks_of(pipeline).denoiser.size
    shapes: list[tuple[int, ...]] = []
    real = Denoiser.predicted

    def watched(self: Denoiser, x_t: torch.Tensor, *rest: Any) -> Any:
        shapes.append(tuple(x_t.shape[-2:]))
        return real(self, x_t, *rest)

    monkeypatch.setattr(Denoiser, "predicted", watched)
    asked = request(230)
    twice, told = run(pipeline, asked)
    pixels, report = only(twice)
    assert steps_of(told)[-1] == (3, 3)
    assert shapes == [(size, size)] * (1 + 2 * 4)
    fine = round(1.75 * size)
    assert report["refined"] == [[fine, fine]]
    assert report["taken"] == len(report["losses"]) == 3
    assert only(run(pipeline, asked)[0])[0] == pixels
    monkeypatch.setattr(networks_of(pipeline).denoiser, "paints_pieces", False)
    once, told = run(pipeline, asked)
    assert steps_of(told)[-1] == (1, 1)
    assert only(once)[1]["refined"] == []
    assert only(once)[0] != pixels
    assert once.region == twice.region


def test_nothing_outside_the_region_changes(pipeline: Pipeline) -> None:
    """Painted twice or once: where the region is 0 the pixels are the picture's own."""
    asked = request(230)
    edited, _ = run(pipeline, asked)
    outside = np.frombuffer(edited.region.data, np.uint8) == 0
    new, old = (array_of(plane).reshape(-1, 3) for plane in (only(edited)[0], asked.image))
    assert outside.any() and np.array_equal(new[outside], old[outside])
    assert not np.array_equal(new[~outside], old[~outside])


@pytest.mark.parametrize(("side", "preset"), [(20, Preset.STANDARD), (230, Preset.FAST)])
def test_small_regions_and_the_fast_preset_are_painted_once(pipeline: Pipeline, side: int, preset: Preset) -> None:
    """Nothing is painted again where it would show nothing, or where speed was asked for."""
    edited, told = run(pipeline, request(side, preset=preset))
    assert only(edited)[1]["refined"] == []
    assert steps_of(told)[-1] == (1, 1)


def test_an_early_end_and_its_repetition(pipeline: Pipeline) -> None:
    """Kept within the second pass the picture is what that had reached, kept at the end of the first it is not painted
    again; `keep_at` repeats both.
    """
    pictures = []
    for stop in (1, 2):
        told: list[Progress] = []

        def enough(told: list[Progress] = told, stop: int = stop) -> bool:
            return steps_of(told)[-1:] == [(stop, 3)]

        pixels, report = only(LocalEngine(pipeline).edit(request(230), told.append, never, enough))
        assert report["kept_at"] == steps_of(told)[-1][0] == stop
        assert bool(report["refined"]) is (stop == 2)
        again, _ = only(run(pipeline, request(230, keep_at=stop))[0])
        assert again == pixels
        pictures.append(pixels)
    assert pictures[0] != pictures[1]


def test_cancel_frees_the_engine_within_a_step(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled in the second pass, no further tile is painted."""
    passes: list[int] = []
    real = Denoiser.predicted

    def watched(self: Denoiser, *rest: Any) -> Any:
        passes.append(1)
        return real(self, *rest)

    monkeypatch.setattr(Denoiser, "predicted", watched)
    seen: list[Progress] = []
    with pytest.raises(Cancelled):
        LocalEngine(pipeline).edit(request(230), seen.append, lambda: bool(seen) and seen[-1].step == 2)
    assert len(passes) == 1 + 4


def test_samples_are_painted_once_and_the_best_again(pipeline: Pipeline) -> None:
    """best costs four first passes and one second."""
    edited, told = run(pipeline, request(230, preset=Preset.BEST))
    _, report = only(edited)
    assert steps_of(told)[-1] == (6, 6)
    assert len(report["samples"]) == 4
    assert len(report["refined"]) == 1


def test_memory_counts_the_second_pass(pipeline: Pipeline) -> None:
    """Where the first pass keeps nothing for a gradient, the losses of four tiles at once need more than it does."""
    networks = networks_of(pipeline)
    settings = dataclasses.replace(PRESETS[Preset.FAST], refined=0.12)
    plan = next(plans(settings, networks.denoiser, 512, False, (1,)))
    once = dataclasses.replace(settings, refined=0.0)
    view_side = networks.clip.image_size
    assert needed(plan, settings, networks.denoiser, view_side) > needed(plan, once, networks.denoiser, view_side)


def test_parts_need_a_network_that_paints_pieces(pipeline: Pipeline) -> None:
    """Decided by the network and by what was asked for."""
    network, painter = networks_of(pipeline).denoiser, painter_of(pipeline)
    region = torch.ones(1, 1, 400, 400)
    assert parts_of(region, network.size, network.multiple, True, FINEST)[0].refined_shape is not None
    assert parts_of(region, network.size, network.multiple, True)[0].refined_shape is None
    canvas = Canvas(torch.full((1, 3, 400, 400), 0.5), region)

    def painted_again(preset: Preset) -> Shape | None:
        painting = dataclasses.replace(SHORT, preset=preset)
        plan = next(painter.plans(painting, 1, None, 2**40))
        (sample,) = finished(painter.paint(plan, painting, canvas, "orange", [1], Course()))
        return sample.pieces[0].part.refined_shape

    assert painted_again(Preset.STANDARD) is not None
    assert painted_again(Preset.FAST) is None
    network.paints_pieces = False
    assert painted_again(Preset.STANDARD) is None


def test_the_report_says_what_was_painted_again(pipeline: Pipeline) -> None:
    """REPORT has the sizes that the engine answered."""
    (variation,) = run(pipeline, request(230))[0].variations
    assert json.loads(Report().edited(variation).json())["refined"] == variation.report["refined"] != []
