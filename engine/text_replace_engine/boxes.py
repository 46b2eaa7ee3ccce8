"""The box around what a mask covers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from text_replace_wire.geometry import Box


def covered(mask: NDArray[Any]) -> Box | None:
    """The smallest box with all pixels of a mask (h, w) that are not 0 or False; None where there is none."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
