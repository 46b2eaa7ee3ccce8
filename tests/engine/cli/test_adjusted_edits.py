"""Strength, growth, λ's and an early end with the real pipeline and the committed starter models."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.architecture.imports import CLONE
from tests.engine.edits import only, region_edit
from text_replace_engine.client.exchange import PictureInMemory, Pixels
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import Edited, ignore, never
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.messages import Edit, Progress, Stage
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane
from text_replace_wire.where import chosen

pytestmark = pytest.mark.slow
FAST = Painting("fast")


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    yield LocalEngine(Pipeline())


@pytest.fixture(scope="module")
def picture() -> Pixels:
    return np.asarray(Image.open(CLONE / "install" / "sample" / "sample.png").convert("RGB"))


@pytest.fixture(scope="module")
def request_(engine: LocalEngine, picture: Pixels) -> Edit:
    held = PictureInMemory(picture)
    found = engine.find(find_request(held, "apple", "starter"), ignore, never)
    return edit_request(held, chosen(found), "apple", "orange", 1, "starter", FAST)


def kept_after(engine: LocalEngine, request: Edit, steps: int) -> tuple[Edited, list[Progress]]:
    told: list[Progress] = []

    def enough() -> bool:
        return sum(progress.stage is Stage.EDIT for progress in told) >= steps

    return engine.edit(request, told.append, never, enough), told


def test_keep_gives_the_best_so_far_and_can_be_repeated(engine: LocalEngine, request_: Edit) -> None:
    """Keep ends after the running step; asking for an end at the step that the report names gives the same picture."""
    kept, told = kept_after(engine, request_, 4)
    pixels, report = only(kept)
    assert (report["kept_at"], report["taken"], len(report["losses"])) == (4, 4, 4)
    painting = dataclasses.replace(FAST, keep_at=4)
    again, said_again = only(engine.edit(dataclasses.replace(request_, painting=painting), ignore, never))
    assert again == pixels and said_again["kept_at"] == 4
    with_previews = [progress for progress in told if progress.preview]
    assert len(with_previews) == 2
    for progress in with_previews:
        assert progress.preview is not None and progress.box is not None
        assert max(progress.preview.size) <= 256 and progress.box.width == progress.box.height
        assert not progress.box.clipped(request_.layer_size).is_empty()


def test_keep_in_the_second_sample_keeps_the_better_one(engine: LocalEngine, request_: Edit) -> None:
    """In “best”, the samples that were not begun are missing, and what was painted is ranked as ever; of two objects
    neither is left out.
    """
    region = np.zeros((200, 200), np.uint8)
    region[20:60, 20:60] = region[130:170, 130:180] = 255
    grey = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    painting = Painting("best", keep_at=5, options={"strength": 0.08})
    _, report = only(engine.edit(region_edit(grey, region, painting), ignore, never))
    # Two steps for each of two objects make a sample; the sixth step is the second object's.
    assert report["kept_at"] == 6
    assert sorted(sample["seed"] for sample in report["samples"]) == [1, 2]
    clips = [sample["clip"] for sample in report["samples"]]
    assert clips == sorted(clips, reverse=True)


def test_strength_and_lambdas_change_the_picture(engine: LocalEngine, request_: Edit) -> None:
    """The share of the schedule that runs, the start and the λ's are the request's; a strength of 1 starts from pure
    noise, as this network does by itself.
    """

    def painted(**options: float) -> tuple[Plane, dict[str, Any]]:
        request = dataclasses.replace(request_, painting=FAST.with_options(**options))
        return only(engine.edit(request, ignore, never))

    (plain, plainly), (full, _) = painted(), painted(strength=1.0)
    (weak, weakly), (unguided, said) = painted(strength=0.2), painted(strength=0.2, lambda_clip=0.0)
    assert plain == full and plainly["steps"] == plainly["taken"] == 31
    assert weakly["taken"] == 5 and weak != unguided
    assert said["options"]["lambda_clip"] == 0 and said["options"]["strength"] == 0.2


def test_no_growth_is_exactly_the_object(engine: LocalEngine, request_: Edit) -> None:
    """With a growth of 0 the edit region is the object mask; with more it is larger."""

    def region(grow: float) -> tuple[bytes, bytes]:
        painting = dataclasses.replace(FAST, grow=grow, options={"strength": 0.04})
        edited = engine.edit(dataclasses.replace(request_, painting=painting), ignore, never)
        return edited.region.data, edited.object_mask.data

    exact, object_mask = region(0)
    assert exact == object_mask
    assert sum(region(6)[0]) > sum(exact)
