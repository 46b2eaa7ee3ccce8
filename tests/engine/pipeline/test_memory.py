"""An edit fits into the memory there is, or says that it does not; the processor alone never wakes a graphics card."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any, NoReturn

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.engine.edits import array_of, networks_of, only, painter_of, region_edit, run
from text_replace_engine import devices, memory_limits
from text_replace_engine.models.bundle import load_models
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.painting.guided.memory import GuidedPlan, cost_of, needed
from text_replace_engine.painting.guided.painter import GuidedPainter
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.errors import OutOfMemory, UserError
from text_replace_wire.messages import Edit
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """The real one, with the starter models."""
    return Pipeline("cpu")


def request(**options: int) -> Edit:
    """A short edit of a noisy picture."""
    rng = np.random.default_rng(0)
    region = np.zeros((60, 80), np.uint8)
    region[20:40, 30:50] = 255
    pixels = rng.integers(0, 256, (60, 80, 3), np.uint8)
    return region_edit(pixels, region, Painting(options={"strength": 0.08, **options}))


def ways_to_paint(painter: GuidedPainter, preset: Preset, free: int = sys.maxsize) -> list[GuidedPlan]:
    return list(painter.plans(Painting(preset), PRESETS[preset].samples, None, free))


def need_of(plan: GuidedPlan, settings: PresetSettings, pipeline: Pipeline) -> int:
    networks = networks_of(pipeline)
    return needed(plan, settings, networks.denoiser, networks.clip.image_size)


def test_one_size_smaller_when_memory_runs_out(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the network's own size turns out too large the edit is done smaller, which the user and the report hear of;
    what was picked, given back as options, is the same picture without a warning.
    """
    whole = networks_of(pipeline).denoiser.size
    real = Denoiser.predicted

    def short(self: Denoiser, x_t: Tensor, *rest: Any) -> Any:
        if x_t.shape[-1] >= whole:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")
        return real(self, x_t, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Denoiser, "predicted", short)
        edited, told = run(pipeline, request())
    pixels, report = only(edited)
    size = report["options"]["working_size"]
    assert size < whole
    assert [f"Painted at {size} instead of {whole}" in warning for warning in report["warnings"]] == [True]
    assert f"Painted at {size}" in told[-2].note
    again, said_again = only(run(pipeline, request(working_size=size, cutouts=report["cutouts"]))[0])
    assert again == pixels
    assert said_again["warnings"] == []


def test_nothing_fits(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 6, before a step is run, only where even the smallest way needs more than there is."""
    monkeypatch.setattr(devices, "free_memory", lambda device: 1000)
    with pytest.raises(OutOfMemory):
        run(pipeline, request())


def test_a_size_that_was_asked_for_is_kept(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --working-size no other size is tried: out of memory is exit 6."""

    def short(self: Denoiser, *rest: Any) -> NoReturn:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(Denoiser, "predicted", short)
    size = networks_of(pipeline).denoiser.size
    with pytest.raises(OutOfMemory):
        run(pipeline, request(working_size=size))


def test_memory_is_saved_before_the_picture_changes(pipeline: Pipeline) -> None:
    """Ways are tried in the order of what they need: first those that give the same picture, then fewer views, then a
    smaller size; each needs no more than the one before.
    """
    settings, networks = PRESETS[Preset.BEST], networks_of(pipeline)
    ways = ways_to_paint(GuidedPainter(networks, torch.device("cuda")), Preset.BEST)
    needs = [need_of(way, settings, pipeline) for way in ways]
    assert ways[0].batch == 4 and ways[1].batch == 1
    assert [way.checkpointing for way in ways[:4]] == [False, False, True, True]
    assert ways[2].cutouts == settings.cutouts and ways[3].cutouts == (4, 8)
    first = [way for way in ways if way.working_size == networks.denoiser.size]
    assert needs[: len(first)] == sorted(needs[: len(first)], reverse=True)
    assert min(way.working_size for way in ways) <= networks.denoiser.size / 2 or len(first) == len(ways)


def test_every_sample_of_a_batch_is_counted(pipeline: Pipeline) -> None:
    """Four samples at once need four times what one allocates; where only one fits, one is painted at once."""
    settings = PRESETS[Preset.BEST]
    painter = GuidedPainter(networks_of(pipeline), torch.device("cuda"))
    best = ways_to_paint(painter, Preset.BEST)[0]
    one, two, four = (need_of(dataclasses.replace(best, batch=batch), settings, pipeline) for batch in (1, 2, 4))
    assert four - two == pytest.approx(2 * (two - one), abs=2)
    gradient = cost_of(networks_of(pipeline).denoiser).gradient
    assert two - one > best.working_size**2 * gradient * 1024
    assert best.batch == 4
    assert ways_to_paint(painter, Preset.BEST, four)[0] == best
    assert ways_to_paint(painter, Preset.BEST, four - 1)[0] == dataclasses.replace(best, batch=1)


def test_checkpointing_does_not_change_the_picture(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Activations computed twice are the same: bit for bit."""
    plain, plainly = only(run(pipeline, request())[0])
    ways = ways_to_paint(painter_of(pipeline), Preset.STANDARD)
    needs = {way.checkpointing: need_of(way, PRESETS[Preset.STANDARD], pipeline) for way in reversed(ways)}
    assert needs[True] < needs[False]
    monkeypatch.setattr(devices, "free_memory", lambda device: needs[False] - 1)
    saving, savingly = only(run(pipeline, request(cutouts=plainly["cutouts"]))[0])
    assert (plainly["checkpointing"], savingly["checkpointing"]) == (False, True)
    assert saving == plain


def test_the_processor_wakes_no_graphics_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the device cpu nothing asks CUDA anything, so no driver is loaded and no memory taken there."""

    def woken(*_: object, **__: object) -> NoReturn:
        raise AssertionError("CUDA was asked")

    for name in ("_lazy_init", "is_available", "device_count", "mem_get_info", "empty_cache", "is_bf16_supported"):
        monkeypatch.setattr(torch.cuda, name, woken)
    _, report = only(run(Pipeline("cpu"), request())[0])
    assert report["device"] == "cpu"
    assert not torch.cuda.is_initialized()  # type: ignore[no-untyped-call]


def test_half_precision_only_where_it_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor without bfloat16 instructions refuses it, and never chooses it; one with them chooses it for large
    networks only, whatever they are called.
    """
    monkeypatch.setattr(devices, "_multiplies_bfloat16", lambda: False)
    assert devices.fastest_dtype(CPU, weights=552_814_086) is torch.float32
    for dtype in ("bfloat16", "float16"):
        with pytest.raises(UserError):
            devices.check_dtype(CPU, dtype)
    monkeypatch.setattr(devices, "_multiplies_bfloat16", lambda: True)
    assert devices.check_dtype(CPU, "bfloat16") is torch.bfloat16
    assert devices.fastest_dtype(CPU, weights=552_814_086) is torch.bfloat16
    assert load_models("starter", CPU, None).denoiser.network.dtype is torch.float32
    monkeypatch.setattr(devices, "_LARGE", 1_000_000)
    assert load_models("starter", CPU, None).denoiser.network.dtype is torch.bfloat16


def test_an_edit_in_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks in half precision paint nearly what they paint in full: pictures and losses stay float32."""
    monkeypatch.setattr(devices, "_multiplies_bfloat16", lambda: True)
    half, in_half = only(run(Pipeline("cpu", "bfloat16"), request())[0])
    full, in_full = only(run(Pipeline("cpu"), request())[0])
    assert (in_half["dtype"], in_full["dtype"]) == ("bfloat16", "float32")
    assert np.abs(array_of(half).astype(float) - array_of(full)).mean() < 8


def test_limits_of_the_process_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on the process's memory makes less of it free than the machine has."""
    limit = memory_limits.Limit("a limit", left=123, used=0, needed=0)
    monkeypatch.setattr(memory_limits, "limits", lambda: iter([limit]))
    assert devices.free_memory(CPU) == 123
