"""A finder: thresholded colour."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.finder import Finding, Seen
from text_replace_toy import COLOURS, named
from text_replace_wire.messages import Stage

_NEAR = 0.4


class ColourFinder:
    """See `finding.finder.Finder`."""

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        """A candidate is all that has one colour."""
        yield Stage.SEGMENT
        wanted = named(phrase)
        seen = []
        for label, colour in COLOURS.items():
            distance = (image[0] - image.new_tensor(colour).view(3, 1, 1)).abs().amax(0).cpu().numpy()
            pixels = (distance < _NEAR) & visible
            if pixels.any():
                presence = float(label in wanted)
                seen.append(Seen(label, pixels, presence / max(1, len(wanted)), presence))
        yield Stage.CHOOSE
        ranked = sorted(seen, key=lambda candidate: -candidate.presence)
        chosen = tuple(place for place, candidate in enumerate(ranked) if candidate.presence)
        return Finding(tuple(ranked), chosen, tuple(candidate.label for candidate in ranked))
