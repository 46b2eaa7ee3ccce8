"""What the session needs from the program whose picture is edited: `Editor`, which any editor of layers can be, and
`Extras`, which GIMP has beyond that. `Host` is both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional, Protocol

from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane

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
class Identity:
    """What an image knows a layer by, also after it was saved and opened again. tattoo: GIMP's number for it."""

    tattoo: int
    name: str


@dataclass(frozen=True)
class NewLayer:
    """A result: a layer of the source layer's size and offsets, in the image's precision.

    pixels: the box, colour and alpha interleaved (2 or 4 channels). Eight bits suffice in every precision: they hold
    only new colour, and the editor blends it with what lies below at the image's own depth.
    mask: the layer mask over the box, black outside it; then the layer has the source's own pixels outside the box;
    without one it is transparent there, and under a copy of the source's own layer mask.
    recipe: what the layer is to keep of how it was made; only where there are `Extras`.
    """

    name: str
    box: Box
    pixels: Plane
    mask: Optional[Plane] = None
    recipe: Optional[bytes] = None
    visible: bool = True


class Display(Protocol):
    """Where progress is shown and where the user cancels."""

    def show(self, text: str, fraction: float) -> None:
        """`text` is one short line; `fraction` 0 .. 1."""

    def cancelled(self) -> bool:
        """Lets the window redraw and react; True once the user cancelled. Called at least 10 times a second."""

    def kept(self) -> bool:
        """True once the user wants to keep the best so far."""

    def next_edit(self) -> None:
        """An edit begins, the first or another one: whether the user wanted to keep the one before counts no more."""

    def preview(self, picture: Plane, box: Box) -> None:
        """What is being painted, to be shown over `box` of the layer, which may reach outside it."""

    def close(self) -> None:
        """Take the window away."""


class Editor(Protocol):
    """One layer of one image. Every method runs on the main thread."""

    @property
    def extras(self) -> Optional[Extras]:
        """What not every editor has; None: nothing of it."""

    def describe(self) -> LayerState:
        """Raises ImageChanged where image or layer are gone, BadImage for a kind that cannot be edited."""

    def fingerprint(self) -> bytes:
        """A digest of all the layer's pixels, live filters applied, at the layer's own depth."""

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        """The layer's pixels inside `box` (layer pixels) as they are seen: text rendered, live filters applied.

        Resampled to `size`; gamma-encoded in the layer's own colour space. Live filters may be those of the last
        fingerprint, which is why one comes first where it matters.
        """

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        """The selection over `box` (layer pixels) resampled to `size`; 0 off the canvas; None without one.

        In GIMP, while the image has a quick mask, that is the selection.
        """

    def selection_box(self) -> Optional[Box]:
        """What of the layer lies in the bounds of the selection, in layer pixels; None where nothing does."""

    def undo_group_start(self) -> None:
        """Open the undo group."""

    def undo_group_end(self) -> None:
        """Close the undo group."""

    def insert(self, new: NewLayer, group: Any = None) -> Any:
        """Put `new` above the source layer (in GIMP: the older result, where there is one), in the same parent, or on
        top in a `group` of the extras; what the source's layer mask hides stays hidden.

        Gives the editor's own layer. When it fails, no layer is left.
        """

    def select(self, region: Plane, box: Box) -> None:
        """Make `region` (one channel) over `box` (layer pixels) the selection, cut to the canvas.

        In GIMP a quick mask ends, as if the user had switched it off before.
        """

    def remove(self, layer: Any) -> None:
        """Take back an `insert`, or a group with all that is in it."""


class Extras(Protocol):
    """Layers that remember how they were made, groups for several results, the old selection kept as a channel, and an
    image with metadata.
    """

    def identity(self) -> Identity:
        """What the image knows the layer by."""

    def recipe(self) -> Optional[bytes]:
        """The recipe in the layer, or in the group of several pairs that it is; None where it has none."""

    def sources(self, source: Identity) -> Sequence[Host]:
        """The layers of the image that may be `source`, likeliest first. Their results go above the older result: this
        layer, or the group of several pairs that it is in.
        """

    def show_older(self, visible: bool) -> None:
        """Show or hide the older result, where there is one."""

    def insert_group(self, name: str, parent: Any = None, contents: Optional[bytes] = None) -> Any:
        """Put an empty group where `insert` puts layers; it shows its layers as if they were not in a group.

        contents: the recipe of several pairs, whose results will be in it.
        """

    def keep_selection(self, name: str) -> Any:
        """Put the selection into a channel of this name; gives the editor's channel, None without a selection."""

    def remove_channel(self, channel: Any) -> None:
        """Take back a `keep_selection`."""

    def mark(self) -> None:
        """Say in the image's metadata that generative AI edited it, for files exported from it; undone like all else.

        When it fails, they are as they were.
        """


class Host(Editor, Extras, Protocol):
    """One layer of one image in one GIMP."""
