"""What was seen of the last pictures, so that a second request for one need not look again. Bounded, by content."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from text_replace_engine.finding.segment import Segment, within
from text_replace_engine.models.bundle import ModelFile
from text_replace_engine.tensors import from_plane
from text_replace_wire.planes import Plane

#: At most so many pictures, and bytes of their segments' masks.
_MOST_PICTURES = 8
_MOST_BYTES = 256 * 2**20


@dataclass
class Seen:
    """A picture's segments, and CLIP's vectors of them (segments, d), by the selection that they were cut to."""

    segments: list[Segment]
    _vectors: dict[str, Tensor] = field(default_factory=dict)

    def vectors_of(self, selection: Plane | None, look: Callable[[], Tensor]) -> Tensor:
        """CLIP's vectors of the segments cut to `selection`; `look` is called where that is new."""
        key = _digest(selection)
        if key not in self._vectors:
            self._vectors[key] = look()
        return self._vectors[key]

    @property
    def size(self) -> int:
        return sum(each.pixels.nbytes for each in self.segments)


class Remembered:
    """The last pictures; the least recently used one is forgotten first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def picture(self, models: Sequence[ModelFile], image: Plane, look: Callable[[], list[Segment]]) -> Seen:
        """What was seen of `image` by these models; `look` is called where it is new."""
        key = " ".join([*(each.sha256 for each in models), _digest(image)])
        seen = self._seen.pop(key, None) or Seen(look())
        self._seen[key] = seen
        while len(self._seen) > _MOST_PICTURES or sum(each.size for each in self._seen.values()) > _MOST_BYTES:
            self._seen.popitem(last=False)
        return seen


def selected(segments: Sequence[Segment], selection: Plane | None) -> list[Segment]:
    """The segments cut to the selection, without those outside of it."""
    if selection is None:
        return list(segments)
    return within(segments, from_plane(selection)[0, 0].numpy() > 0)


def _digest(plane: Plane | None) -> str:
    return "" if plane is None else f"{plane.size}{plane.channels}{hashlib.sha256(plane.data).hexdigest()}"
