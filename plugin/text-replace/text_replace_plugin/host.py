"""What the session needs from a GIMP, whichever version it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Protocol

from text_replace_wire.geometry import Box
from text_replace_wire.messages import Plane


@dataclass(frozen=True)
class LayerState:
    """A layer as the session found it. The result fits only a layer of which all of this is still true.

    size: (width, height). offsets: (x, y) of its top left corner on the canvas; may be negative.
    """

    size: tuple[int, int]
    offsets: tuple[int, int]


@dataclass(frozen=True)
class NewLayer:
    """The result: a layer of the source layer's size and offsets, transparent outside `box`.

    pixels: the box, colour and alpha interleaved (2 or 4 channels).
    """

    name: str
    box: Box
    pixels: Plane


class Display(Protocol):
    """Where progress is shown and where the user cancels."""

    def show(self, text: str, fraction: float) -> None:
        """`text` is one short line; `fraction` 0 .. 1."""

    def cancelled(self) -> bool:
        """Lets the window redraw and react; True once the user cancelled. Called at least 10 times a second."""

    def close(self) -> None:
        """Take the window away."""


class Host(Protocol):
    """One layer of one image in one GIMP. Every method runs on the main thread."""

    def describe(self) -> LayerState:
        """Raises ImageChanged where image or layer are gone, BadImage for a kind that cannot be edited."""

    def fingerprint(self) -> bytes:
        """A digest of all the layer's pixels."""

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        """The layer's pixels inside `box` (layer pixels), in the layer's own colour space, resampled to `size`."""

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        """The selection over `box` (layer pixels) resampled to `size`; 0 off the canvas; None without one."""

    def undo_group_start(self) -> None:
        """Open the undo group."""

    def undo_group_end(self) -> None:
        """Close the undo group."""

    def insert(self, new: NewLayer) -> Any:
        """Put `new` above the source layer, in the same parent; gives GIMP's layer. When it fails, no layer is left."""

    def select(self, region: Plane, box: Box) -> None:
        """Make `region` (one channel) over `box` (layer pixels) the selection, cut to the canvas."""

    def remove(self, layer: Any) -> None:
        """Take back an `insert`."""
