"""What was seen of the last pictures, so that a second request for one need not look again. Bounded, by content."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.segment import Segment

#: At most so many pictures, and bytes of their segments' masks.
_MOST_PICTURES = 8
_MOST_BYTES = 256 * 2**20


@dataclass
class CachedPicture:
    """A picture's segments, and CLIP's vectors of them (segments, d), by the pixels that they were cut to.

    in_style: whether the picture is one of the kind that the networks have learnt.
    """

    segments: list[Segment]
    in_style: bool = True
    _vectors: dict[str, Tensor] = field(default_factory=dict)

    def vectors_of(self, visible: NDArray[np.bool_], look: Callable[[], Tensor]) -> Tensor:
        """CLIP's vectors (segments, d) of the segments cut to `visible` (h, w); `look` is called where that is new."""
        key = _digest(visible)
        if key not in self._vectors:
            self._vectors[key] = look()
        return self._vectors[key]

    @property
    def size(self) -> int:
        return sum(segment.pixels.nbytes for segment in self.segments)


class SegmentCache:
    """The last pictures that one segmenter has seen; the least recently used one is forgotten first."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[str, CachedPicture] = OrderedDict()

    def picture(self, image: Tensor, look: Callable[[], CachedPicture]) -> CachedPicture:
        """What was seen of `image`, RGB (1, 3, h, w) in [0, 1] with 8 bits; `look` is called where it is new."""
        key = _digest((image * 255).round().byte().cpu().numpy())
        cached = self._pictures.pop(key, None) or look()
        self._pictures[key] = cached
        while len(self._pictures) > _MOST_PICTURES or self._bytes() > _MOST_BYTES:
            self._pictures.popitem(last=False)
        return cached

    def _bytes(self) -> int:
        return sum(picture.size for picture in self._pictures.values())


def _digest(values: NDArray[Any]) -> str:
    return f"{values.shape}{hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()}"
