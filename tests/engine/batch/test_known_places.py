"""Objects are replaced where a COCO file says that they are, not where a name is found."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.batch.coco_files import document, jobs, source
from tests.engine.cli.fake_engine import APPLE, FakeEngine
from text_replace_engine.batch.coco.known import known_places
from text_replace_engine.batch.job import Job
from text_replace_engine.client.composite import array
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_wire.api import ignore, never
from text_replace_wire.errors import BadImage, BadSelection, NotFound, TextReplaceError
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.messages import MaskKind
from text_replace_wire.where import Where


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Of 60×40 pixels, with two cats."""
    for name in ("a/one.png", "b/two.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    first, _ = jobs(source(tmp_path, document()))
    return first


def _places(job: Job, width: int = 60, height: int = 40) -> list[Where]:
    FakeEngine.finds.clear()
    picture = PictureInMemory(np.zeros((height, width, 3), np.uint8))
    return known_places(job, picture, FakeEngine(), ignore, never)


def _of(job: Job, width: int, height: int, **known: Any) -> Job:
    """With one object, in a picture of this size."""
    wanted = dataclasses.replace(job.wanted, typed=job.wanted.typed[:1])
    image = {**job.image, "width": width, "height": height}
    return dataclasses.replace(job, wanted=wanted, known=({"id": 7, **known},), image=image)


def test_what_is_segmented_is_not_looked_for(job: Job) -> None:
    """Polygon and run lengths are the object, exactly, and no network is asked."""
    first, second = _places(job)
    assert not FakeEngine.finds
    for place, rows, columns in ((first, slice(5, 20), slice(5, 20)), (second, slice(10, 30), slice(30, 50))):
        expected = np.zeros((40, 60), np.uint8)
        expected[rows, columns] = 255
        assert place.kind is MaskKind.OBJECT and (array(place.mask)[:, :, 0] == expected).all()


def test_objects_of_large_pictures_are_whole(job: Job) -> None:
    """The mask has the search copy's size: none of the object's pixels is outside of it, and few are more; painters see
    as much around it as around an object that was found.
    """
    (place,) = _places(_of(job, 2560, 1920, segmentation=[[1001, 501, 1608, 501, 1608, 902, 1001, 902]]), 2560, 1920)
    mask = array(place.mask)[:, :, 0]
    assert mask.shape == (960, 1280)
    own = np.zeros((1920, 2560), bool)
    own[501:902, 1001:1608] = True
    seen = np.kron(mask, np.ones((2, 2), np.uint8)) > 0
    assert (seen | ~own).all() and seen.sum() < 1.02 * own.sum()
    around = edit_box(Box(1001, 501, 1608, 902), (2560, 1920))
    assert place.box.union(around) == place.box


def test_what_has_a_box_only_is_looked_for_there(job: Job) -> None:
    """The engine tells it apart in the box, which covers every pixel that the annotation touches."""
    x0, y0, x1, y1 = (part * side for part, side in zip(APPLE, (60, 40, 60, 40), strict=True))
    box = [x0 + 0.4, y0, x1 - x0 - 0.6, y1 - y0]
    (find,) = _boxed(_of(job, 60, 40, segmentation=[], bbox=box))
    assert find.box == Box(int(x0), int(y0), int(x1), int(y1))


def _boxed(job: Job) -> Any:
    """What the engine is asked. The fake finds by names only."""
    pairs = tuple(dataclasses.replace(pair, replace="apple") for pair in job.wanted.typed)
    _places(dataclasses.replace(job, wanted=dataclasses.replace(job.wanted, typed=pairs)))
    return FakeEngine.finds


@pytest.mark.parametrize(
    ("known", "error", "said"),
    [
        ({}, BadSelection, "annotation 7 has neither a segmentation nor a bbox"),
        ({"bbox": [1, 2, 3]}, BadSelection, "annotation 7 has neither"),
        ({"bbox": [1, 2, 3, "4"]}, BadSelection, "annotation 7 has neither"),
        ({"bbox": [1, 2, 3, float("inf")]}, BadSelection, "annotation 7 has neither"),
        ({"bbox": [1, 1e308, 3, 1e308]}, BadSelection, "annotation 7 has neither"),
        ({"bbox": [1, 2, 0, -5]}, BadSelection, "annotation 7 has a bbox outside"),
        ({"bbox": [70, 2, 5, 5]}, BadSelection, "annotation 7 has a bbox outside"),
        ({"segmentation": [[1, 2, 3]]}, BadSelection, "annotation 7 has a polygon"),
        ({"segmentation": [[-9, -9, -5, -9, -5, -5]]}, BadSelection, "annotation 7 covers no pixel"),
        ({"bbox": [1, 2, 5, 5]}, NotFound, "nothing to tell apart in the bbox of annotation 7"),
    ],
)
def test_annotations_that_are_nowhere_are_told(
    job: Job, known: dict[str, Any], error: type[TextReplaceError], said: str
) -> None:
    """The sentence names the annotation, so that it can be drawn again."""
    with pytest.raises(error, match=said):
        _places(_of(job, 60, 40, **known))


def test_pictures_of_another_size_than_annotated_are_refused(job: Job) -> None:
    """Photographs are often annotated as they lie in the file, and turned when they are shown: masks would miss."""
    with pytest.raises(BadImage, match="40×60 pixels upright.* of 60×40"):
        _places(job, 40, 60)


def test_objects_annotated_twice_are_told(job: Job) -> None:
    """Two paintings over each other are no result; the sentence names both annotations."""
    twice = dataclasses.replace(job, known=(job.known[0], {**job.known[0], "id": 9}))
    with pytest.raises(BadSelection, match=r"cat \(annotation 100\).*cat \(annotation 9\)"):
        _places(twice)
