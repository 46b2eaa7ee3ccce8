"""Masks in COCO's own forms, whoever wrote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as run_lengths

from text_replace_engine.batch.coco.segmentation import decoded, encoded

#: Width and height.
SIZE = (7, 5)


def _mask() -> Any:
    mask = np.zeros((5, 7), bool)
    mask[1:4, 2:6] = True
    mask[2, 3] = False
    return mask


def _uncompressed(mask: Any) -> list[int]:
    """By hand, down the columns, zeros first."""
    runs, value = [0], False
    for pixel in mask.T.ravel():
        if pixel != value:
            runs.append(0)
            value = pixel
        runs[-1] += 1
    return runs


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_masks_come_back_from_run_lengths(share: float) -> None:
    """What is written is what every COCO reader decodes, and so do we: rows are not taken for columns, and runs of
    every length survive.
    """
    mask = np.random.default_rng(0).random((61, 307)) < share
    rle = encoded(mask)
    assert rle["size"] == [61, 307] and isinstance(rle["counts"], str)
    assert (run_lengths.decode(dict(rle)) == mask).all()
    assert (decoded(rle, (307, 61)) == mask).all()
    assert (decoded({"size": [61, 307], "counts": _uncompressed(mask)}, (307, 61)) == mask).all()


def test_polygons_are_filled_together() -> None:
    """An object in two parts is two polygons; what reaches out of the picture is cut off."""
    mask = decoded([[0, 0, 2, 0, 2, 2, 0, 2], [5, 3, 9, 3, 9, 5, 5, 5]], SIZE)
    expected = np.zeros((5, 7), bool)
    expected[0:2, 0:2] = expected[3:5, 5:7] = True
    assert (mask == expected).all()


@pytest.mark.parametrize(
    "segmentation",
    [
        "text",
        [],
        [[]],
        [[1, 1, 3, 1]],
        [[1, 1, 3, 1, 2, 2, 5]],
        [1, 1, 3, 1, 2, 2],
        [[1, 1, 3, 1, 2, "2"]],
        [[1, 1, 3, 1, 2, float("nan")]],
        [[1, 1, 3, 1, 2, 1e9]],
        {"counts": [35]},
        {"size": [7, 5], "counts": [35]},
        {"size": [5, 7]},
        {"size": [5, 7], "counts": [30]},
        {"size": [5, 7], "counts": [36]},
        {"size": [5, 7], "counts": [-1, 36]},
        {"size": [5, 7], "counts": [1.5, 33.5]},
        {"size": [5, 7], "counts": "3"},
        {"size": [5, 7], "counts": "3é"},
        {"size": [5, 7], "counts": "S"},
        {"size": [5, 7], "counts": "3o"},
        {"size": [5, 7], "counts": ""},
    ],
)
def test_damaged_segmentations_are_refused(segmentation: Sequence[Any] | Mapping[str, Any] | str) -> None:
    """What a file says is never handed to the library unchecked: it fills a mask with chance where run lengths end too
    early, reads beyond a text that breaks off, and draws along outlines of any length.
    """
    with pytest.raises(ValueError, match="^has "):
        decoded(segmentation, SIZE)


def test_run_lengths_are_the_same_each_time() -> None:
    """Manifests and annotations are compared byte by byte."""
    assert encoded(_mask()) == encoded(np.asfortranarray(_mask())) == encoded(_mask().copy())
