"""Can a network tell paintings from real pictures? A classifier two-sample test (Lopez-Paz & Oquab 2017,
https://arxiv.org/abs/1610.06545) at native size: half is what the best painter would come to.

Standard edits of the suite's random pairs, objects 64 pixels long or longer; of each edit and of its twin, the same
scene with the new object composed into it, the same window of SIDE pixels around the middle of the edit region. Of the
ground alone: the window with most of it, and both objects, grown, in grey. `told_apart` has the recipe of the network.
"""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.lab.evaluate.edit_cases import EditCase, EditCases, Pixels
from text_replace_engine.lab.evaluate.edits import new_object, paint
from text_replace_engine.models.files import write_whole
from text_replace_engine.painting.guided.sampling.presets import Preset
from text_replace_wire.api import EngineApi, IsCancelled

#: Windows that were taken in another way are not mixed with these.
RECIPE = "2"
SIDE = 128
_SMALLEST = 64
_GREY = 127
#: What hides an object reaches so much farther than it, as a share of its longer side.
_GROWN = 0.06
#: Where less of a window than this is ground that may have been painted, there is nothing to tell.
_LEAST = 0.05


def pairs(
    engine: EngineApi, cases: EditCases, count: int, folder: Path, on_case: OnCase, cancelled: IsCancelled
) -> Pixels:
    """The `windows` of the first `count` edits that have any, (count, 4, SIDE, SIDE, 3). folder: keeps them, so that an
    interrupted run goes on. Raises Cancelled, and whatever the engine raises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept: list[Pixels] = []
    for index in itertools.count():
        if len(kept) == count:
            break
        path = folder / f"{index}.npy"
        if not path.exists():
            pair = _pair(engine, cases[index], cancelled)
            packed = io.BytesIO()
            np.save(packed, np.zeros(0, np.uint8) if pair is None else np.stack(pair))
            write_whole(path, packed.getvalue())
        if (found := np.load(path)).size:
            kept.append(found)
            on_case("pairs", len(kept), count)
    return np.stack(kept)


def grounds(kept: Pixels) -> tuple[Pixels, Pixels]:
    """(real, painted), (n, SIDE, SIDE, 3) each, of the `pairs` that show enough ground."""
    showing = kept[(kept[:, 2] != _GREY).any((1, 2, 3))]
    return showing[:, 2], showing[:, 3]


def windows(case: EditCase, pixels: Pixels, region: Pixels, shown: NDArray[np.bool_]) -> tuple[Pixels, ...]:
    """(real, painted, real ground, painted ground), each (SIDE, SIDE, 3), of a case with a twin; both grounds are grey
    where there is too little. pixels: the edited picture (h, w, 3). shown: the new object (h, w).
    """
    assert case.twin is not None, "only what has one is painted"
    inside = region > 127
    box = bounding_box(inside)
    middle = _square((box.y0 + box.y1 - SIDE) // 2, (box.x0 + box.x1 - SIDE) // 2, region.shape)
    objects = shown | (case.twin.alpha > 0.1)
    grown = ndimage.binary_dilation(objects, iterations=max(1, round(_GROWN * max(bounding_box(objects).size))))
    ground = _fullest(inside & ~grown)
    whole = case.twin.pixels, pixels
    if (inside & ~grown)[ground].mean() < _LEAST:
        grown = np.ones_like(grown)
    hidden = (np.where(grown[ground][..., None], np.uint8(_GREY), picture[ground]) for picture in whole)
    return *(picture[middle] for picture in whole), *hidden


def _square(top: int, left: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The window that begins there, or as near as the picture allows."""
    top, left = (min(max(start, 0), length - SIDE) for start, length in ((top, shape[0]), (left, shape[1])))
    return slice(top, top + SIDE), slice(left, left + SIDE)


def _fullest(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The window that holds most of the mask (h, w)."""
    sums = np.pad(mask.astype(np.int32), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    held = sums[SIDE:, SIDE:] - sums[:-SIDE, SIDE:] - sums[SIDE:, :-SIDE] + sums[:-SIDE, :-SIDE]
    top, left = np.unravel_index(held.argmax(), held.shape)
    return _square(int(top), int(left), mask.shape)


def _pair(engine: EngineApi, case: EditCase, cancelled: IsCancelled) -> tuple[Pixels, ...] | None:
    if case.twin is None or case.longest < _SMALLEST or min(case.mask.shape) < SIDE:
        return None
    result = paint(engine, case, Preset.STANDARD, cancelled)
    if result is None or not (result.region > 127).any():
        return None
    return windows(case, result.pixels, result.region, new_object(engine, case, result, cancelled))
