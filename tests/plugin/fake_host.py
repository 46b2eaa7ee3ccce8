"""A GIMP made of plain values that writes down what is asked of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from text_replace_plugin.host import LayerState, NewLayer
from text_replace_wire.errors import ImageChanged
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Plane


def _resampled(plane: Plane, box: Box, size: tuple[int, int]) -> Plane:
    """Nearest neighbour; 0 outside the plane."""
    pixels = bytearray()
    for row in range(size[1]):
        y = box.y0 + row * box.height // size[1]
        for column in range(size[0]):
            x = box.x0 + column * box.width // size[0]
            inside = 0 <= x < plane.width and 0 <= y < plane.height
            start = (y * plane.width + x) * plane.channels
            pixels += plane.data[start : start + plane.channels] if inside else bytes(plane.channels)
    return Plane(*size, plane.channels, bytes(pixels))


@dataclass
class FakeHost:
    """`selection` covers the layer here; `meanwhile` runs when the layer is looked at the second time."""

    layer: Plane
    selection: Plane | None = None
    offsets: tuple[int, int] = (3, -5)
    exists: bool = True
    fail_in: str = ""
    meanwhile: Callable[[FakeHost], None] = lambda _host: None
    calls: list[str] = field(default_factory=list)
    inserted: NewLayer | None = None
    selected: tuple[Plane, Box] | None = None

    def describe(self) -> LayerState:
        if "describe" in self.calls:
            self.meanwhile(self)
        self.calls.append("describe")
        if not self.exists:
            raise ImageChanged("The layer was deleted while Text Replace was working; nothing was changed.")
        return LayerState(self.layer.size, self.offsets)

    def fingerprint(self) -> bytes:
        self.calls.append("fingerprint")
        return hashlib.sha256(self.layer.data).digest()

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        self.calls.append("read")
        return _resampled(self.layer, box, size)

    def read_selection(self, box: Box, size: tuple[int, int]) -> Plane | None:
        self.calls.append("read_selection")
        return None if self.selection is None else _resampled(self.selection, box, size)

    def undo_group_start(self) -> None:
        self.calls.append("undo_group_start")

    def undo_group_end(self) -> None:
        self.calls.append("undo_group_end")

    def insert(self, new: NewLayer) -> Any:
        self._change("insert")
        self.inserted = new
        return new

    def select(self, region: Plane, box: Box) -> None:
        self._change("select")
        self.selected = region, box

    def remove(self, layer: Any) -> None:
        assert layer is self.inserted
        self._change("remove")
        self.inserted = None

    def _change(self, call: str) -> None:
        self.calls.append(call)
        if call == self.fail_in:
            raise RuntimeError(f"GIMP refused {call}")

    @property
    def changes(self) -> list[str]:
        """What was asked of the image beyond looking at it."""
        looks = ("describe", "fingerprint", "read", "read_selection")
        return [call for call in self.calls if call not in looks]


@dataclass
class FakeDisplay:
    """`cancel_at`: the text at which the user presses Cancel."""

    cancel_at: str = ""
    shown: list[tuple[str, float]] = field(default_factory=list)

    def show(self, text: str, fraction: float) -> None:
        self.shown.append((text, fraction))

    def cancelled(self) -> bool:
        return bool(self.cancel_at) and any(self.cancel_at in text for text, _ in self.shown)

    def close(self) -> None:
        pass
