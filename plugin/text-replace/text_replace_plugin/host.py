"""What the session needs from a GIMP, whichever version it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Protocol

from text_replace_wire.geometry import Box
from text_replace_wire.messages import Plane

#: The name by which every GIMP knows the channel of the quick mask (app/core/gimpimage-quick-mask.h).
QUICK_MASK = "Qmask"


@dataclass(frozen=True)
class LayerState:
    """A layer as the session found it. The result fits only a layer of which all of this is still true.

    size: (width, height). offsets: (x, y) of its top left corner on the canvas; may be negative.
    """

    size: tuple[int, int]
    offsets: tuple[int, int]


@dataclass(frozen=True)
class NewLayer:
    """The result: a layer of the source layer's size and offsets, transparent outside `box`, in the image's precision.

    pixels: the box, colour and alpha interleaved (2 or 4 channels). Eight bits suffice in every precision: they hold
    only new colour, and GIMP blends it with what lies below at the image's own depth.
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
        """A digest of all the layer's pixels, live filters applied, at the layer's own depth."""

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        """The layer's pixels inside `box` (layer pixels) as they are seen: text rendered, live filters applied.

        Resampled to `size`; gamma-encoded in the layer's own colour space.
        """

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        """The selection over `box` (layer pixels) resampled to `size`; 0 off the canvas; None without one.

        While the image has a quick mask, that is the selection.
        """

    def undo_group_start(self) -> None:
        """Open the undo group."""

    def undo_group_end(self) -> None:
        """Close the undo group."""

    def insert(self, new: NewLayer) -> Any:
        """Put `new` above the source layer, in the same parent, under a copy of the source's layer mask.

        Gives GIMP's layer. When it fails, no layer is left.
        """

    def select(self, region: Plane, box: Box) -> None:
        """Make `region` (one channel) over `box` (layer pixels) the selection, cut to the canvas.

        A quick mask ends, as if the user had switched it off before.
        """

    def remove(self, layer: Any) -> None:
        """Take back an `insert`."""
