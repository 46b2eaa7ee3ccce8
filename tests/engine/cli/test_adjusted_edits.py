"""Strength, growth, λ's and an early end with the real pipeline and the committed starter models."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from text_replace_wire.adjustments import Adjustments

from tests.engine.cli.conftest import CLONE
from tests.engine.service.requests_for_tests import ignore
from text_replace_engine.client.exchange import Pixels, Settings, edit_request, find_request, region_request
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import never
from text_replace_wire.messages import Edit, Edited, ModelChoice, Preset, Progress, Stage

pytestmark = pytest.mark.slow
SETTINGS = Settings("apple", "orange", seed=1, preset=Preset.FAST, models=ModelChoice.STARTER)


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    yield LocalEngine(Pipeline())


@pytest.fixture(scope="module")
def picture() -> Pixels:
    return np.asarray(Image.open(CLONE / "install" / "sample" / "sample.png").convert("RGB"))


@pytest.fixture(scope="module")
def request_(engine: LocalEngine, picture: Pixels) -> Edit:
    found = engine.find(find_request(picture, None, "apple", ModelChoice.STARTER), ignore, never)
    return edit_request(picture, None, found, found.chosen, SETTINGS)


def kept_after(engine: LocalEngine, request: Edit, steps: int) -> tuple[Edited, list[Progress]]:
    told: list[Progress] = []

    def enough() -> bool:
        return sum(each.stage is Stage.EDIT for each in told) >= steps

    return engine.edit(request, told.append, never, enough), told


def test_keep_gives_the_best_so_far_and_can_be_repeated(engine: LocalEngine, request_: Edit) -> None:
    """Keep ends after the running step; asking for an end at the step that the report names gives the same picture."""
    kept, told = kept_after(engine, request_, 4)
    assert (kept.report["kept_at"], kept.report["steps"], len(kept.report["losses"])) == (4, 4, 4)
    again = engine.edit(dataclasses.replace(request_, adjustments=Adjustments(keep_at=4)), ignore, never)
    assert again.pixels == kept.pixels and again.report["kept_at"] == 4
    previews = [each for each in told if each.preview]
    assert len(previews) == 2
    for each in previews:
        assert each.preview is not None and each.box is not None
        assert max(each.preview.size) <= 256 and each.box.width == each.box.height
        assert not each.box.clipped(request_.layer_size).is_empty()


def test_keep_in_the_second_sample_keeps_the_better_one(engine: LocalEngine, request_: Edit) -> None:
    """In “best”, the samples that were not begun are missing, and what was painted is ranked as ever; of two objects
    neither is left out.
    """
    region = np.zeros((200, 200), np.uint8)
    region[20:60, 20:60] = region[130:170, 130:180] = 255
    grey = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    settings = dataclasses.replace(SETTINGS, preset=Preset.BEST, adjustments=Adjustments(strength=0.08, keep_at=5))
    kept = engine.edit(region_request(grey, region, settings), ignore, never)
    # Two steps for each of two objects make a sample; the sixth step is the second object's.
    assert kept.report["kept_at"] == 6
    assert sorted(each["seed"] for each in kept.report["samples"]) == [1, 2]
    clips = [each["clip"] for each in kept.report["samples"]]
    assert clips == sorted(clips, reverse=True)


def test_strength_and_lambdas_change_the_picture(engine: LocalEngine, request_: Edit) -> None:
    """The share of the schedule that runs, the start and the λ's are the request's; a strength of 1 starts from pure
    noise, as this network does by itself.
    """

    def painted(adjustments: Adjustments) -> Edited:
        return engine.edit(dataclasses.replace(request_, adjustments=adjustments), ignore, never)

    plain, full = painted(Adjustments()), painted(Adjustments(strength=1.0))
    weak, unguided = painted(Adjustments(strength=0.2)), painted(Adjustments(strength=0.2, lambda_clip=0.0))
    assert plain.pixels == full.pixels and plain.report["steps"] == 25
    assert weak.report["steps"] == 5 and weak.pixels != unguided.pixels
    assert unguided.report["lambda_clip"] == 0 and unguided.report["strength"] == 0.2


def test_no_growth_is_exactly_the_object(engine: LocalEngine, request_: Edit) -> None:
    """With a growth of 0 the edit region is the object mask; with more it is larger."""

    def region(grow: float) -> tuple[bytes, bytes]:
        adjustments = Adjustments(strength=0.04, grow=grow)
        edited = engine.edit(dataclasses.replace(request_, adjustments=adjustments), ignore, never)
        return edited.region.data, edited.object_mask.data

    exact, object_mask = region(0)
    assert exact == object_mask
    assert sum(region(6)[0]) > sum(exact)
