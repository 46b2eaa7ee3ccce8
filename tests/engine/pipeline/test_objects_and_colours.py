"""Several objects and their colours, painted by the starter models in one edit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.edits import array_of, only, region_edit, run
from text_replace_engine.cielab import cielab
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.tensors import from_plane
from text_replace_wire.errors import CannotPaint
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow
SHORT = Painting("fast", options={"strength": 0.2, "cutouts": 1})
PIXELS = np.random.default_rng(0).integers(90, 170, (96, 160, 3), np.uint8)
REGION = np.zeros((96, 160), np.uint8)
REGION[20:76, 20:140] = 255


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline("cpu")


def test_two_objects_are_painted_beside_each_other_the_same_every_time(pipeline: Pipeline) -> None:
    """Both in one sample, with the steps of both; previews show either; outside nothing changes."""
    request = region_edit(PIXELS, REGION, SHORT, with_="a red apple and a dog")
    edited, told = run(pipeline, request)
    plane, report = only(edited)
    assert report["objects"] == [{"text": "apple", "colour": "red"}, {"text": "dog", "colour": None}]
    assert report["steps"] == 2 * len({progress.step for progress in told if progress.steps > 1}) // 2
    assert len({progress.box for progress in told if progress.box is not None}) == 2
    pixels = array_of(plane)
    assert (pixels[REGION == 0] == PIXELS[REGION == 0]).all()
    again, _ = run(pipeline, request)
    assert only(again)[0] == plane


def test_a_colour_reaches_the_pixels_and_only_where_it_is_said(pipeline: Pipeline) -> None:
    """A blue apple is the apple of the same seed, but bluer; an apple without a colour has no objects in the report."""
    (plain, report), (blue, coloured) = (
        only(run(pipeline, region_edit(PIXELS, REGION, SHORT, with_=words))[0]) for words in ("apple", "blue apple")
    )
    assert report["objects"] == [] and coloured["objects"] == [{"text": "apple", "colour": "blue"}]
    assert report["samples"] == coloured["samples"]
    means = [cielab(from_plane(plane))[REGION > 0].mean(0) for plane in (plain, blue)]
    assert means[1][2] < means[0][2] - 3


def test_without_room_for_two_it_is_said(pipeline: Pipeline) -> None:
    """One pixel is no room for an apple and a dog: the report has no objects that were painted apart, but a warning."""
    pixel = np.zeros_like(REGION)
    pixel[40, 60] = 255
    _, report = only(run(pipeline, region_edit(PIXELS, pixel, SHORT, with_="a red apple and a dog"))[0])
    assert report["objects"] == []
    assert any("no room" in sentence and "“red”" in sentence for sentence in report["warnings"])


def test_more_objects_than_could_be_seen_are_refused(pipeline: Pipeline) -> None:
    """Before anything is painted."""
    names = "apple, cat, dog, fox, bear, lion and tiger"
    with pytest.raises(CannotPaint, match="7 objects"):
        run(pipeline, region_edit(PIXELS, REGION, SHORT, with_=names))
