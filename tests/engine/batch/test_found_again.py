"""New objects are found again in results: the masks that a detector learns from are those of the objects."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from tests.benchmarks.found_again import overlap
from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.batch.again import at_size, found_again
from text_replace_engine.batch.coco.segmentation import Mask, decoded
from text_replace_engine.batch.edges import at_edges
from text_replace_engine.batch.entry import NewObject
from text_replace_engine.client.exchange import PictureInMemory, to_plane
from text_replace_engine.finding.segment import intersection_over_union
from text_replace_engine.lab.evaluate.cases import Case, QuickCases
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import ignore, never
from text_replace_wire.geometry import search_size


def _circle(width: int, height: int) -> Mask:
    """Its centre and radius are the same parts of every size."""
    across = np.arange(width, dtype=np.float32) + 0.5 - 0.4 * width
    down = np.arange(height, dtype=np.float32) + 0.5 - 0.6 * height
    return np.asarray(across[None, :] ** 2 + down[:, None] ** 2 < (0.1 * width) ** 2)


@pytest.mark.parametrize("size", [(40, 30), (700, 500), (1400, 1000), (2561, 401)])
def test_masks_come_to_native_size_where_they_were(size: tuple[int, int]) -> None:
    """What was seen in the search copy is neither moved nor grown in a picture that is larger than that."""
    seen = to_plane(_circle(*search_size(size)) * np.uint8(255))
    native = at_size(seen, size)
    assert intersection_over_union(native, _circle(*size)) > 0.99
    assert math.isclose(native.sum(), _circle(*size).sum(), rel_tol=0.005)


def _found(wanted: str, region: Mask) -> NewObject | None:
    """In 80×60 pixels, by the fake, which sees an apple at 20…40, 15…30 and a pear at 50…60, 15…45."""
    picture = PictureInMemory(np.zeros((60, 80, 3), np.uint8), region * np.uint8(1))
    return found_again(FakeEngine(), picture, wanted, "fruit", "auto", ignore, never)


def test_only_what_is_new_is_the_new_object() -> None:
    """What of it lies outside of the edit region was there before."""
    region = np.zeros((60, 80), bool)
    region[20:60, 10:45] = True
    new = _found("apple", region)
    assert new is not None and new.category == "fruit"
    assert new.box == (20, 20, 20, 10) and new.area == 200 and new.presence == 0.5
    assert decoded(new.segmentation, (80, 60)).sum() == 200


def test_what_is_not_there_is_not_found_again() -> None:
    """An object of that name somewhere else in the picture is another one."""
    region = np.zeros((60, 80), bool)
    region[50:60] = True
    assert _found("apple", region) is None
    assert _found("zebra", ~region) is None


def test_a_part_of_an_object_is_none() -> None:
    """Where more is seen as something else, as in a car of which only the wheels look like one, a detector would learn
    the wrong outline. What reaches into the edit region from outside is a neighbour.
    """
    region = np.zeros((60, 80), bool)
    region[10:50, 15:65] = True
    assert _found("pear", region) is not None  # 300 pixels, and 300 of the apple
    region[32:] = False
    assert _found("pear", region) is None
    region[:, :23] = False
    assert _found("pear", region) is not None


def _picture(inside: Mask) -> PictureInMemory:
    """An orange object on a green ground, each with grain."""
    grain = np.random.default_rng(0).integers(-12, 13, (*inside.shape, 3))
    colours = np.where(inside[:, :, None], (220, 140, 40), (60, 110, 70))
    return PictureInMemory((colours + grain).astype(np.uint8))


@pytest.mark.parametrize("by", [-2, 2])
def test_masks_are_brought_to_edges_near_theirs(by: int) -> None:
    """Finders see edges a few pixels off, more so in pictures that are larger than the search copy."""
    own = _circle(600, 200)
    coarse = ndimage.binary_dilation(own, iterations=by) if by > 0 else ndimage.binary_erosion(own, iterations=-by)
    assert intersection_over_union(coarse, own) < 0.97
    assert intersection_over_union(at_edges(_picture(own), coarse), own) > 0.99


def test_masks_are_not_led_away() -> None:
    """Where nothing parts an object from its ground, or another edge is near, the finder's mask stays about the same;
    what is as thin as a line is not lost.
    """
    coarse, line = _circle(500, 200), np.zeros((200, 500), bool)
    line[100, 50:450] = True
    nothing = _picture(np.zeros_like(coarse))
    assert intersection_over_union(at_edges(nothing, coarse), coarse) > 0.93
    larger = ndimage.binary_dilation(coarse, iterations=15)
    moved = at_edges(_picture(larger), coarse)
    assert intersection_over_union(moved, coarse) > 0.9 and (moved <= larger).all()
    assert at_edges(nothing, line).any()


@pytest.mark.slow
def test_objects_of_known_scenes_are_found_again() -> None:
    """The bar of the masks, by the starter models in two scenes whose objects are known, one of them larger than the
    search copy; `tests.benchmarks.found_again` measures hundreds.
    """
    torch.set_num_threads(1)
    engine, cases = LocalEngine(Pipeline("cpu")), QuickCases()
    overlaps = [_overlap(engine, cases[number], factor) for number, factor in ((3, 1), (11, 3))]
    assert np.mean(overlaps) >= 0.9, overlaps


def _overlap(engine: LocalEngine, case: Case, factor: int) -> float:
    """In the scene, enlarged by a factor."""
    size = (case.pixels.shape[1] * factor, case.pixels.shape[0] * factor)
    pixels = np.asarray(Image.fromarray(case.pixels).resize(size, Image.Resampling.BICUBIC))
    mask = at_size(to_plane(case.masks[0] * np.uint8(255)), size)
    return overlap(engine, pixels, mask, case.question.present) or 0.0
