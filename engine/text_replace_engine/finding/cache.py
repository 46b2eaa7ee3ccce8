"""What was seen of the last pictures, so that a second request for one need not look again. Bounded, by content."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.segment import Segment

#: At most so many pictures, and bytes of their segments' masks.
_MOST_PICTURES = 8
_MOST_BYTES = 32 * 2**20

Kept = TypeVar("Kept")


class Recent(Generic[Kept]):
    """The last things that were made, each under a key that says all that it was made of; the least recently used one
    is forgotten first.
    """

    def __init__(self, most: int, most_bytes: int, size: Callable[[Kept], int]) -> None:
        """At most `most` of them, and `most_bytes` by what `size` says of each."""
        self._most = most
        self._most_bytes = most_bytes
        self._size = size
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """What is kept under `key`; `make` is called where that is nothing."""
        kept = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = kept
        while len(self._kept) > self._most or sum(map(self._size, self._kept.values())) > self._most_bytes:
            self._kept.popitem(last=False)
        return kept


@dataclass(frozen=True)
class Cut:
    """Segments cut to some pixels; those of them that are touching objects, told apart; and CLIP's vectors (n, d) of
    the segments, then of what is in the groups of the touching ones.
    """

    segments: Sequence[Segment]
    touching: Sequence[Sequence[Segment]]
    vectors: Tensor


class CachedPicture:
    """A picture's segments, and what was seen of them, cut to the pixels that were asked for last."""

    def __init__(self, segments: Sequence[Segment], in_style: bool = True) -> None:
        """in_style: whether the picture is one of the kind that the networks have learnt."""
        self.in_style = in_style
        self._segments = _packed(segments)
        self._cut: tuple[str, _PackedCut] | None = None

    @property
    def segments(self) -> list[Segment]:
        """All of them, uncut."""
        return _whole(self._segments)

    def cut_to(self, visible: NDArray[np.bool_], look: Callable[[], Cut]) -> Cut:
        """The segments cut to `visible` (h, w); `look` is called where that is another one than the last time."""
        key = digest(visible)
        if self._cut is None or self._cut[0] != key:
            cut = look()
            self._cut = key, _PackedCut(_packed(cut.segments), list(map(_packed, cut.touching)), cut.vectors)
        packed = self._cut[1]
        return Cut(_whole(packed.segments), list(map(_whole, packed.touching)), packed.vectors)

    @property
    def size(self) -> int:
        """Bytes of the masks."""
        cut = () if self._cut is None else (*self._cut[1].segments, *chain(*self._cut[1].touching))
        return sum(segment.bits.nbytes for segment in (*self._segments, *cut))


@dataclass(frozen=True)
class _PackedSegment:
    """A segment that takes an eighth of its memory: eight of its pixels (h, w) are a byte."""

    label: str
    share: float
    bits: NDArray[np.uint8]
    shape: tuple[int, int]


@dataclass(frozen=True)
class _PackedCut:
    """See `Cut`."""

    segments: Sequence[_PackedSegment]
    touching: Sequence[Sequence[_PackedSegment]]
    vectors: Tensor


def _packed(segments: Sequence[Segment]) -> list[_PackedSegment]:
    return [
        _PackedSegment(each.label, each.share, np.packbits(each.pixels), (each.pixels.shape[0], each.pixels.shape[1]))
        for each in segments
    ]


def _whole(segments: Sequence[_PackedSegment]) -> list[Segment]:
    return [
        Segment(each.label, np.unpackbits(each.bits, count=prod(each.shape)).reshape(each.shape) > 0, each.share)
        for each in segments
    ]


class SegmentCache:
    """The last pictures that one segmenter has seen."""

    def __init__(self) -> None:
        self._pictures = Recent[CachedPicture](_MOST_PICTURES, _MOST_BYTES, lambda picture: picture.size)

    def picture(self, image: Tensor, look: Callable[[], CachedPicture]) -> CachedPicture:
        """What was seen of `image`, RGB (1, 3, h, w) in [0, 1] with 8 bits; `look` is called where it is new."""
        return self._pictures.get(picture_key(image), look)


def picture_key(image: Tensor) -> str:
    """The same for the same pixels: RGB (1, 3, h, w) in [0, 1] with 8 bits."""
    return digest((image * 255).round().byte().cpu().numpy())


def digest(values: NDArray[Any]) -> str:
    """The same for the same values in the same shape."""
    return f"{values.shape}{hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()}"
