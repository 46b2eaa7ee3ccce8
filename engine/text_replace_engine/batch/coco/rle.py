"""Masks as COCO's run lengths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as run_lengths

Mask = NDArray[np.bool_]


def encoded(mask: Mask) -> dict[str, Any]:
    """A mask (h, w) as `size` ([h, w]) and `counts`, the compressed run lengths as text, which JSON can hold."""
    # They run down the columns.
    rle = run_lengths.encode(np.asfortranarray(mask, np.uint8))
    return {"size": list(mask.shape), "counts": rle["counts"].decode("ascii")}
