"""What is pointed at, told apart by colour alone."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.boxes import bounding_box
from text_replace_engine.finding.grow import ByColour
from text_replace_engine.finding.segment import intersection_over_union
from text_replace_engine.lab.evaluate.cases import QUICK
from text_replace_engine.steps import finished
from text_replace_wire.geometry import Box

Mask = NDArray[np.bool_]
Pixels = NDArray[np.float32]
SIZE = (90, 160)
ROWS, COLUMNS = np.indices(SIZE) + 0.5
#: An apple with a highlight and a leaf, and another.
APPLE: Mask = np.hypot(COLUMNS - 50, ROWS - 50) <= 22
HIGHLIGHT: Mask = np.hypot(COLUMNS - 44, ROWS - 44) <= 4
LEAF: Mask = np.hypot((COLUMNS - 54) / 2, ROWS - 27) <= 4
OTHER: Mask = np.hypot(COLUMNS - 125, ROWS - 40) <= 14


def picture() -> Pixels:
    """(h, w, 3) in [0, 1], on a slope of grey with noise."""
    pixels = np.repeat((0.5 + 0.3 * COLUMNS / SIZE[1])[..., None], 3, 2)
    for mask, colour in ((APPLE | OTHER, (0.8, 0.1, 0.1)), (HIGHLIGHT, (1, 0.9, 0.9)), (LEAF, (0.1, 0.6, 0.1))):
        pixels[mask] = colour
    noise = np.random.default_rng(0).normal(0, 0.01, pixels.shape)
    return (pixels + noise).clip(0, 1).astype(np.float32)


def outline(
    pixels: Pixels,
    points: Sequence[tuple[float, float]] = (),
    box: Box | None = None,
    visible: Mask | None = None,
) -> Mask | None:
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    seen = np.ones(pixels.shape[:2], bool) if visible is None else visible
    return finished(ByColour().outline(image, seen, points, box), lambda stage: None)


def test_a_click_takes_the_object_and_no_other() -> None:
    """All of the apple, its highlight and leaf with it, and not the other one of the same colour; twice the same."""
    pixels = outline(picture(), [(56.5, 58.5)])
    assert pixels is not None
    assert intersection_over_union(pixels, APPLE | LEAF) > 0.95
    assert not (pixels & OTHER).any()
    again = outline(picture(), [(56.5, 58.5)])
    assert again is not None and np.array_equal(pixels, again)


def test_two_clicks_are_in_one_object() -> None:
    """Clicks on two parts of different colours give the object that they are parts of."""
    pixels = outline(picture(), [(56.5, 58.5), (54.5, 25.5)])
    assert pixels is not None
    assert intersection_over_union(pixels, APPLE | LEAF) > 0.95


def test_a_box_takes_what_differs_from_around_it() -> None:
    """The apple inside a loose box, cut to it; with a point, only what hangs together with that."""
    loose = bounding_box(APPLE | LEAF).grown(4)
    pixels = outline(picture(), box=loose)
    assert pixels is not None
    assert intersection_over_union(pixels, APPLE | LEAF) > 0.95
    both = Box(20, 15, 145, 80)
    one = outline(picture(), [(125.0, 40.0)], both)
    assert one is not None
    assert intersection_over_union(one, OTHER) > 0.9
    cut = Box(50, 15, 80, 80)
    half = outline(picture(), box=cut)
    assert half is not None and bounding_box(half).clipped((80, 80)) == bounding_box(half) and half[:, :50].sum() == 0


def test_where_nothing_differs() -> None:
    """On one colour, or a slope of it, a click gives nothing, and a box itself; so do pictures of a few pixels."""
    slope = np.repeat((0.2 + 0.6 * ROWS / SIZE[0])[..., None], 3, 2).astype(np.float32)
    assert outline(slope, [(80.5, 30.5)]) is None
    for size in ((90, 160), (3, 2), (1, 1)):
        flat = np.full((*size, 3), 0.4, np.float32)
        assert outline(flat, [(0.5, 0.5)]) is None
        whole = Box(0, 0, size[1], size[0])
        pixels = outline(flat, box=whole)
        assert pixels is not None and pixels.all()


def test_only_what_can_be_seen_counts() -> None:
    """What is outside the selection, or transparent, is no part of it; a click there gives nothing."""
    visible = COLUMNS < 50
    pixels = outline(picture(), [(44.5, 58.5)], visible=visible)
    assert pixels is not None
    assert intersection_over_union(pixels, (APPLE | LEAF) & visible) > 0.9
    assert outline(picture(), [(125.0, 40.0)], visible=visible) is None


@pytest.mark.thorough
@pytest.mark.slow
def test_objects_of_the_quick_set_are_outlined() -> None:
    """Drawn objects on any background, clicked in the middle or with their box: figures in tests/MEASURED.md."""
    clicked: list[float] = []
    boxed: list[float] = []
    for scene in json.loads((QUICK / "scenes.json").read_text()):
        pixels = (np.asarray(Image.open(QUICK / scene["picture"]).convert("RGB")) / 255).astype(np.float32)
        owner = np.asarray(Image.open(QUICK / scene["masks"]))
        for number in range(1, len(scene["objects"]) + 1):
            mask = owner == number
            rows, columns = np.nonzero(mask)
            nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
            for found, overlaps in (
                (outline(pixels, [(columns[nearest] + 0.5, rows[nearest] + 0.5)]), clicked),
                (outline(pixels, box=bounding_box(mask)), boxed),
            ):
                overlaps.append(0.0 if found is None else intersection_over_union(found, mask))
    print(f"{len(clicked)} objects: clicked {np.mean(clicked):.3f}, boxed {np.mean(boxed):.3f}")
    assert np.mean(clicked) > 0.7 and np.mean(boxed) > 0.9
