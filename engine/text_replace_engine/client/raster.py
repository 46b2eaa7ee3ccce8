"""What a reader of one format gives."""

from __future__ import annotations

from dataclasses import dataclass

from text_replace_engine.client.colours import Samples
from text_replace_engine.client.metadata import Metadata


@dataclass(frozen=True)
class Raster:
    """samples: (h, w, c) of 8 or 16 bits with c = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA, as they lie in the file.
    notes: sentences for the user on what was made of them. missing: rows at the end that are not in the file.
    """

    samples: Samples
    metadata: Metadata
    notes: tuple[str, ...] = ()
    missing: int = 0
