"""The box around what a mask covers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from text_replace_wire.geometry import Box


def bounding_box(mask: NDArray[Any]) -> Box:
    """The smallest box with all pixels of a mask (h, w) that are not 0 or False.

    Raises ValueError where there is none.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        raise ValueError("an empty mask has no bounding box")
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
