"""Masks as COCO has them: polygons, and run lengths with or without compression."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as run_lengths

Mask = NDArray[np.bool_]
Size = tuple[int, int]


def encoded(mask: Mask) -> dict[str, Any]:
    """A mask (h, w) as `size` ([h, w]) and `counts`, the compressed run lengths as text, which JSON can hold."""
    # They run down the columns.
    rle = run_lengths.encode(np.asfortranarray(mask, np.uint8))
    return {"size": list(mask.shape), "counts": rle["counts"].decode("ascii")}


def decoded(segmentation: object, size: Size) -> Mask:
    """The mask (h, w) of an annotation's `segmentation`, whatever a file has there, of an image of `size` (w, h).

    Raises ValueError for what is none, with the rest of a sentence that begins with the annotation.
    """
    width, height = size
    if isinstance(segmentation, Mapping):
        runs = {"size": [height, width], "counts": _runs(segmentation, size)}
        rle = run_lengths.frPyObjects(runs, height, width)
    else:
        rle = run_lengths.merge(run_lengths.frPyObjects(_polygons(segmentation, size), height, width))
    mask: Mask = run_lengths.decode(rle) > 0
    return mask


def _polygons(segmentation: object, size: Size) -> list[list[float]]:
    if not isinstance(segmentation, list) or not segmentation:
        raise ValueError("has a segmentation that is neither polygons nor run lengths")
    for polygon in segmentation:
        if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
            raise ValueError("has a polygon that is no list of x and y of three points or more")
        # The library draws along the outline, however long it is.
        for place, side in ((polygon[::2], size[0]), (polygon[1::2], size[1])):
            if not all(_is_number(each) and -side <= each <= 2 * side for each in place):
                raise ValueError(f"has a polygon far outside of a picture of {size[0]}×{size[1]} pixels")
    return segmentation


def _is_number(value: object) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _runs(segmentation: Mapping[str, Any], size: Size) -> list[int]:
    """Checked: where they end too early, the library leaves the rest of a mask to chance."""
    width, height = size
    counts = segmentation.get("counts")
    if segmentation.get("size") != [height, width]:
        raise ValueError(f"has run lengths that are not of a picture of {width}×{height} pixels")
    runs = _decompressed(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or any(type(run) is not int or run < 0 for run in runs):
        raise ValueError("has run lengths that cannot be read")
    if sum(runs) != width * height:
        raise ValueError(f"has run lengths of {sum(runs)} pixels, not of {width}×{height}")
    return runs


def _decompressed(counts: str) -> Sequence[int] | None:
    """None where that is none: the library reads beyond what breaks off. Five bits a character, low ones first, the
    sixth where more follow, the last one's fifth the sign; from the fourth run on, what it is more than the one before
    the last (https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c, rleToString).
    """
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            return None
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    return None if shift else runs
