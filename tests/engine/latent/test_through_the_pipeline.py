"""Whole edits by a model set with the photo painter, through the pipeline that knows none of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.edits import only, region_edit, run
from tests.engine.pipeline.stand_ins import Blind, StandInSet
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.store import read_role
from text_replace_engine.painting.latent.sd15 import options
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter
from text_replace_engine.painting.scorer import ClipScorer
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets import registry
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_wire.errors import Cancelled, CannotPaint, UserError
from text_replace_wire.messages import Edit, Find, Progress, Stage
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

REGION = np.zeros((90, 120), np.uint8)
REGION[30:60, 40:80] = 255


class _PhotoSet(StandInSet):
    """The painter with the starter's CLIP as judge."""

    def check(self, with_: str, painting: Painting) -> None:
        options.check(painting)

    def check_removal(self, painting: Painting) -> None:
        options.check(painting)

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        scorer = ClipScorer(Clip.load(read_role(STARTER, "clip"), STARTER))
        return LoadedSet(Blind(), self.painter(), scorer, (), "float32")


@pytest.fixture
def pipeline(painter: StableDiffusionPainter, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """With the models “photo”."""
    monkeypatch.setattr(registry, "model_sets", lambda: {"photo": _PhotoSet("photo", lambda: painter)})
    return Pipeline("cpu")


def request(preset: str = "standard", channels: int = 3, **changes: Any) -> Edit:
    """Of a noisy picture."""
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, channels), np.uint8)
    remove = changes.pop("remove", False)
    painting = Painting(preset, options=changes.pop("options", {}), remove=remove)
    return region_edit(pixels, REGION, painting, "photo", **changes)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pictures_of_every_kind(pipeline: Pipeline, channels: int) -> None:
    """The pixels have the picture's size and colours, and the report says what painted them, and no loss."""
    edited, told = run(pipeline, request(channels=channels))
    pixels, report = only(edited)
    assert (pixels.width, pixels.height) == edited.region.size
    assert pixels.channels == (1 if channels < 3 else 3)
    assert (
        report["painter"] == "sd15"
        and report["taken"] == report["options"]["steps"] == 6
        and report["options"]["scheduler"] == "lcm"
    )
    assert not {"losses", "background_error"} & report.keys() and report["refined"] == []
    edits = [progress for progress in told if progress.stage is Stage.EDIT]
    assert edits[-1].step == edits[-1].steps == 6
    assert any(progress.preview is not None for progress in edits)


def test_best_is_ranked_by_clip(pipeline: Pipeline) -> None:
    """Four seeds, the one with the largest cosine first; each is what it would be alone."""
    best, report = only(run(pipeline, request("best"))[0])
    seeds = [sample["seed"] for sample in report["samples"]]
    cosines = [sample["clip"] for sample in report["samples"]]
    assert sorted(seeds) == [1, 2, 3, 4] and cosines == sorted(cosines, reverse=True)
    alone, _ = only(run(pipeline, request(seed=seeds[0]))[0])
    assert best == alone


def test_removing_leaves_the_least_of_what_was_there(pipeline: Pipeline) -> None:
    """No words are asked for; of four samples the one that looks least like it is the first."""
    asked = request("best", remove=True)
    _, report = only(run(pipeline, asked)[0])
    scores = [sample["clip"] for sample in report["samples"]]
    assert scores == sorted(scores, reverse=True) and report["taken"] == 4
    unlike = only(run(pipeline, dataclasses.replace(asked, replace="a bus"))[0])[1]["samples"]
    assert {sample["clip"] for sample in unlike}.isdisjoint(scores)
    told = only(run(pipeline, request("best", with_=asked.replace))[0])[1]["samples"]
    assert all(sample["clip"] > 0 for sample in told) == all(score < 0 for score in scores)


def test_models_that_cannot_remove_say_so(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded, for looking as for painting."""
    monkeypatch.setattr(registry, "model_sets", lambda: {"photo": STARTER_SET})
    asked = request(remove=True)
    with pytest.raises(CannotPaint, match="The starter models cannot remove"):
        run(pipeline, asked)
    query = Find("apple", asked.image, asked.image.size, models="photo", painting=asked.painting)
    with pytest.raises(CannotPaint, match="The starter models cannot remove"):
        LocalEngine(pipeline).find(query, lambda _: None, lambda: False)
    assert pipeline.loaded == ()


def test_variations_are_edits_with_the_following_seeds(pipeline: Pipeline) -> None:
    """Each is what its seed paints alone."""
    together, _ = run(pipeline, request(variations=2))
    apart = [only(run(pipeline, request(seed=seed))[0])[0] for seed in (1, 2)]
    assert [variation.pixels for variation in together.variations] == apart


def test_keeping_at_once_takes_one_step(pipeline: Pipeline) -> None:
    """Who keeps before the first step has ended, while the autoencoder works, gets what that step makes."""
    _, report = only(LocalEngine(pipeline).edit(request(), lambda _: None, lambda: False, lambda: True))
    assert (report["kept_at"], report["taken"], report["options"]["steps"]) == (1, 1, 6)


@pytest.mark.parametrize("after", [2, 5], ids=["before the first step", "between steps"])
def test_cancelling_ends_it_there(pipeline: Pipeline, after: int) -> None:
    """Nothing more is told, and the next edit is what it would have been."""
    told: list[Progress] = []
    with pytest.raises(Cancelled):
        LocalEngine(pipeline).edit(request(), told.append, lambda: len(told) >= after, lambda: False)
    assert len(told) == after
    assert only(run(pipeline, request())[0])[0] == only(run(pipeline, request())[0])[0]


def test_what_it_cannot_do_is_refused_before_it_is_loaded(pipeline: Pipeline) -> None:
    """The paper's preset and the weights of losses."""
    for wrong in (request("paper"), request(options={"lambda_clip": 2.0})):
        with pytest.raises(UserError, match="not guided by losses"):
            run(pipeline, wrong)
    assert pipeline.loaded == ()
