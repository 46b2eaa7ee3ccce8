"""A GIMP made of plain values that writes down what is asked of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from text_replace_plugin.host import Extras, Host, Identity, LayerState, NewLayer
from text_replace_wire.errors import ImageChanged
from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane

_LOOKS = ("describe", "fingerprint", "read", "read_selection", "selection_box", "identity", "recipe", "sources")


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
class FakeGroup:
    """layers: top first. recipe: of the pairs in it."""

    name: str
    layers: list[Any] = field(default_factory=list)
    recipe: bytes | None = None


@dataclass
class FakeHost:
    """`selection` covers the layer here; `meanwhile` runs when the layer is looked at the second time.
    has_extras: whether it is more than any editor.

    added: layers and groups above the layer, top first. others: what `sources` gives.
    """

    layer: Plane
    selection: Plane | None = None
    offsets: tuple[int, int] = (3, -5)
    exists: bool = True
    fail_in: str = ""
    meanwhile: Callable[[FakeHost], None] = lambda _host: None
    name: str = "source"
    contents: bytes | None = None
    others: Sequence[FakeHost] = ()
    calls: list[str] = field(default_factory=list)
    added: list[NewLayer | FakeGroup] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    selected: tuple[Plane, Box] | None = None
    older_shown: bool = True
    has_extras: bool = True

    @property
    def extras(self) -> Extras | None:
        return self if self.has_extras else None

    @property
    def inserted(self) -> NewLayer | None:
        """The one layer that was added."""
        return next((layer for layer in self.added if isinstance(layer, NewLayer)), None)

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

    def selection_box(self) -> Box | None:
        self.calls.append("selection_box")
        if self.selection is None or not any(self.selection.data):
            return None
        width = self.selection.width
        places = [(i % width, i // width) for i, value in enumerate(self.selection.data) if value]
        columns, rows = zip(*places, strict=True)
        return Box(min(columns), min(rows), max(columns) + 1, max(rows) + 1)

    def identity(self) -> Identity:
        self.calls.append("identity")
        return Identity(7, self.name)

    def recipe(self) -> bytes | None:
        self.calls.append("recipe")
        return self.contents

    def sources(self, source: Identity) -> Sequence[Host]:
        self.calls.append("sources")
        return [other for other in self.others if other.name == source.name]

    def undo_group_start(self) -> None:
        self.calls.append("undo_group_start")

    def undo_group_end(self) -> None:
        self.calls.append("undo_group_end")

    def insert_group(self, name: str, parent: Any = None, contents: bytes | None = None) -> Any:
        self._change("insert_group")
        group = FakeGroup(name, recipe=contents)
        (self.added if parent is None else parent.layers).insert(0, group)
        return group

    def insert(self, new: NewLayer, group: Any = None) -> Any:
        self._change("insert")
        (self.added if group is None else group.layers).insert(0, new)
        return new

    def keep_selection(self, name: str) -> Any:
        self._change("keep_selection")
        if self.selection is not None:
            self.kept.append(name)
        return name if self.selection is not None else None

    def show_older(self, visible: bool) -> None:
        self.calls.append(f"show_older {visible}")
        self.older_shown = visible

    def select(self, region: Plane, box: Box) -> None:
        self._change("select")
        self.selected = region, box

    def remove(self, layer: Any) -> None:
        self._change("remove")
        self.added.remove(layer)

    def remove_channel(self, channel: Any) -> None:
        self._change("remove_channel")
        self.kept.remove(channel)

    def mark(self) -> None:
        self._change("mark")

    def _change(self, call: str) -> None:
        self.calls.append(call)
        if call == self.fail_in:
            raise RuntimeError(f"GIMP refused {call}")

    @property
    def changes(self) -> list[str]:
        """What was asked of the image beyond looking at it."""
        return [call for call in self.calls if call not in _LOOKS]


@dataclass
class FakeDisplay:
    """`cancel_at`, `keep_at`: the texts at which the user presses Cancel or “Keep this”."""

    cancel_at: str = ""
    keep_at: str = ""
    shown: list[tuple[str, float]] = field(default_factory=list)
    previews: list[tuple[Plane, Box]] = field(default_factory=list)
    _since: int = 0

    def show(self, text: str, fraction: float) -> None:
        self.shown.append((text, fraction))

    def cancelled(self) -> bool:
        return self._was_shown(self.cancel_at)

    def kept(self) -> bool:
        return self._was_shown(self.keep_at, self._since)

    def next_edit(self) -> None:
        self._since = len(self.shown)

    def preview(self, picture: Plane, box: Box) -> None:
        self.previews.append((picture, box))

    def close(self) -> None:
        pass

    def _was_shown(self, words: str, since: int = 0) -> bool:
        return bool(words) and any(words in text for text, _ in self.shown[since:])
