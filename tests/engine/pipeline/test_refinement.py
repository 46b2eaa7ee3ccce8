"""What is much larger than the network's size is painted again, finer, in tiles, by networks that can paint pieces."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from text_replace_wire.adjustments import Adjustments

from text_replace_engine.client.exchange import Settings, region_request
from text_replace_engine.client.report import Report
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.painting.areas import fine_shape, parts_of
from text_replace_engine.painting.guided.memory import needed, plans
from text_replace_engine.painting.guided.sampling.presets import PRESETS
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.errors import Cancelled
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Edit, Edited, ModelChoice, Preset, Progress, Stage

CPU = torch.device("cpu")
#: One step of the first pass, two half ones of the second.
SHORT = Adjustments(strength=0.04, cutouts=2)


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The starter models, as if they could paint pieces."""
    made = Pipeline("cpu")
    monkeypatch.setattr(made._models(ModelChoice.STARTER).denoiser, "paints_pieces", True)
    return made


def request(side: int, **changes: Any) -> Edit:
    """An edit of a square region of a noisy picture."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (300, 340, 3), np.uint8)
    region = np.zeros((300, 340), np.uint8)
    region[20 : 20 + side, 30 : 30 + side] = 255
    settings = Settings("apple", "orange", 1, Preset.STANDARD, ModelChoice.STARTER, adjustments=SHORT)
    return region_request(pixels, region, dataclasses.replace(settings, **changes))


def run(pipeline: Pipeline, asked: Edit) -> tuple[Edited, list[Progress]]:
    told: list[Progress] = []
    return LocalEngine(pipeline).edit(asked, told.append, lambda: False), told


def steps_of(told: list[Progress]) -> list[tuple[int, int]]:
    return [(each.step, each.steps) for each in told if each.stage is Stage.EDIT]


def test_only_what_is_much_larger_is_painted_again() -> None:
    """At most half as large again is painted once; then at its own size, but never more than four tiles large."""
    assert fine_shape(Box(0, 0, 384, 384), (256, 256)) is None
    assert fine_shape(Box(0, 0, 400, 400), (256, 256)) == (400, 400)
    assert fine_shape(Box(0, 0, 3000, 1500), (192, 384)) == (336, 672)


def test_a_large_region_is_painted_in_tiles(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step of the second pass asks the network about four tiles of its own size; steps, losses, the report and
    the picture show it, and the same request gives the same picture.
    """
    size = pipeline._models(ModelChoice.STARTER).denoiser.size
    shapes: list[tuple[int, ...]] = []
    real = Denoiser.predicted

    def watched(self: Denoiser, x_t: torch.Tensor, *rest: Any) -> Any:
        shapes.append(tuple(x_t.shape[-2:]))
        return real(self, x_t, *rest)

    monkeypatch.setattr(Denoiser, "predicted", watched)
    asked = request(230)
    again, told = run(pipeline, asked)
    assert steps_of(told)[-1] == (3, 3)
    assert shapes == [(size, size)] * (1 + 2 * 4)
    fine = round(1.75 * size)
    assert again.report["refined"] == [[fine, fine]]
    assert again.report["steps"] == len(again.report["losses"]) == 3
    assert run(pipeline, asked)[0].pixels == again.pixels
    monkeypatch.setattr(pipeline._models(ModelChoice.STARTER).denoiser, "paints_pieces", False)
    once, told = run(pipeline, asked)
    assert steps_of(told)[-1] == (1, 1)
    assert once.report["refined"] == []
    assert once.pixels != again.pixels
    assert once.region == again.region


def test_nothing_outside_the_region_changes(pipeline: Pipeline) -> None:
    """Painted twice or once: where the region is 0 the pixels are the picture's own."""
    asked = request(230)
    edited, _ = run(pipeline, asked)
    outside = np.frombuffer(edited.region.data, np.uint8) == 0
    new, old = (np.frombuffer(each.data, np.uint8).reshape(-1, 3) for each in (edited.pixels, asked.image))
    assert outside.any() and np.array_equal(new[outside], old[outside])
    assert not np.array_equal(new[~outside], old[~outside])


@pytest.mark.parametrize(("side", "preset"), [(20, Preset.STANDARD), (230, Preset.FAST)])
def test_small_regions_and_the_fast_preset_are_painted_once(pipeline: Pipeline, side: int, preset: Preset) -> None:
    """Nothing is painted again where it would show nothing, or where speed was asked for."""
    edited, told = run(pipeline, request(side, preset=preset))
    assert edited.report["refined"] == []
    assert steps_of(told)[-1] == (1, 1)


def test_an_early_end_and_its_repetition(pipeline: Pipeline) -> None:
    """Kept within the second pass the picture is what that had reached, kept at the end of the first it is not painted
    again; `keep_at` repeats both.
    """
    pictures = []
    for stop in (1, 2):
        told: list[Progress] = []
        steps = pipeline.edit(request(230))
        answer = None
        while True:
            try:
                progress = steps.send(answer)
            except StopIteration as end:
                kept: Edited = end.value
                break
            told.append(progress)
            answer = progress.stage is Stage.EDIT and progress.step == stop or None
        assert kept.report["kept_at"] == steps_of(told)[-1][0] == stop
        assert bool(kept.report["refined"]) is (stop == 2)
        again, _ = run(pipeline, request(230, adjustments=dataclasses.replace(SHORT, keep_at=stop)))
        assert again.pixels == kept.pixels
        pictures.append(kept.pixels)
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
    assert steps_of(told)[-1] == (6, 6)
    assert len(edited.report["samples"]) == 4
    assert len(edited.report["refined"]) == 1


def test_memory_counts_the_second_pass(pipeline: Pipeline) -> None:
    """Where the first pass keeps nothing for a gradient, the losses of four tiles at once need more than it does."""
    models = pipeline._models(ModelChoice.STARTER)
    settings = dataclasses.replace(PRESETS[Preset.FAST], refined=0.12)
    plan = next(plans(settings, models, 512, None, CPU))
    once = dataclasses.replace(settings, refined=0.0)
    assert needed(plan, settings, models) > needed(plan, once, models)


def test_parts_need_a_network_that_paints_pieces(pipeline: Pipeline) -> None:
    """Decided by the network and by what was asked for."""
    network = pipeline._models(ModelChoice.STARTER).denoiser
    region = torch.ones(1, 1, 400, 400)
    assert parts_of(region, network, network.size, refined=True)[0].fine is not None
    assert parts_of(region, network, network.size)[0].fine is None
    network.paints_pieces = False
    assert parts_of(region, network, network.size, refined=True)[0].fine is None


def test_the_report_says_what_was_painted_again(pipeline: Pipeline) -> None:
    """REPORT has the sizes that the engine answered."""
    edited, _ = run(pipeline, request(230))
    assert Report().edited(edited).refined == edited.report["refined"] != []
