"""What an edit takes away: an object, what hangs on it, and its shadow, so that the ground under that can be lit again,
and another object in its place casts its own in the same light.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from text_replace_engine.tensors import blur, shifted

#: How dark a soft copy of an outline is drawn; a shadow is a power of what light that leaves.
DRAWN = 0.3


@dataclass(frozen=True)
class CastShadow:
    """softness: standard deviation of a Gaussian; right, down: from the object to its shadow; all in pixels. power: of
    the light that the copy leaves, so 0 is no shadow.
    """

    softness: float
    right: float
    down: float
    power: float

    def scaled(self, scale: float) -> CastShadow:
        """In a picture so many times as large."""
        return CastShadow(self.softness * scale, self.right * scale, self.down * scale, self.power)

    def darkness(self, outline: Tensor) -> Tensor:
        """By how much of its light the ground under an outline (1, 1, h, w) is darkened, of that shape; both in
        [0, 1].
        """
        soft = blur(shifted(outline, -round(self.down), -round(self.right)), max(0.5, self.softness))
        return 1 - (1 - DRAWN * soft) ** self.power


@dataclass(frozen=True)
class Gone:
    """What must not be seen again, (1, 1, h, w) in [0, 1] each. whole: an object with all that belongs to it; solid:
    the same without its shadow. shadow: how that falls; None where it is not known.
    """

    whole: Tensor
    solid: Tensor
    shadow: CastShadow | None = None

    def with_parts(self, parts: Tensor) -> Gone:
        """With more of the object."""
        return Gone(torch.maximum(self.whole, parts), torch.maximum(self.solid, parts), self.shadow)
