"""One layer of one image in GIMP 3.0 or 3.2, over GObject introspection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Optional

import gi
from text_replace_wire.errors import BadImage, ImageChanged
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Plane

from . import gimp3_drawables as drawables
from . import pixels, refusals
from .host import QUICK_MASK, LayerState, NewLayer

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp  # noqa: E402


class Gimp3Host:
    """See `host.Host`. `image` and `layer` are Gimp.Image and Gimp.Layer."""

    def __init__(self, image: Any, layer: Any) -> None:
        drawables.start()
        self._image = image
        self._layer = layer

    def describe(self) -> LayerState:
        if not self._image.is_valid():
            raise ImageChanged(refusals.IMAGE_CLOSED)
        if not self._layer.is_valid() or self._layer.get_image() != self._image:
            raise ImageChanged(refusals.LAYER_DELETED)
        self._refuse_unsupported()
        return LayerState(_size(self._layer), _offsets(self._layer))

    def _refuse_unsupported(self) -> None:
        if not isinstance(self._layer, Gimp.Layer):
            quick = isinstance(self._layer, Gimp.Channel) and self._layer.get_name() == QUICK_MASK
            raise BadImage(refusals.QUICK_MASK if quick else refusals.NOT_A_LAYER)
        if self._layer.is_group():
            raise BadImage(refusals.GROUP)
        if self._layer.is_floating_sel() or self._image.get_floating_sel() is not None:
            raise BadImage(refusals.FLOATING)
        if self._layer.is_indexed():
            raise BadImage(refusals.INDEXED)

    def fingerprint(self) -> bytes:
        with self._as_seen() as (layer, _):
            return drawables.digest(layer)

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        with self._as_seen() as (layer, (x, y)):
            channels = (1 if layer.is_gray() else 3) + layer.has_alpha()
            data = drawables.get(layer, box.moved(x, y), drawables.colour_layout(layer), size, Gegl.AbyssPolicy.CLAMP)
        return Plane(*size, channels, data)

    @contextlib.contextmanager
    def _as_seen(self) -> Iterator[tuple[Any, tuple[int, int]]]:
        """The layer with its live filters applied, and where the layer's own corner lies in it.

        A drawable's pixels are those below its filters, so filters are merged in a copy of the image.
        """
        if not self._layer.get_filters():
            yield self._layer, (0, 0)
            return
        copy = self._image.duplicate()
        try:
            layer = self._counterpart(copy)
            x, y = _offsets(layer)
            layer.merge_filters()
            # Filters such as a drop shadow make the layer grow.
            grown_x, grown_y = _offsets(layer)
            yield layer, (x - grown_x, y - grown_y)
        finally:
            copy.delete()

    def _counterpart(self, copy: Any) -> Any:
        """This host's layer in a copy of the image, with nothing locked above it."""
        places, item = [], self._layer
        while item is not None:
            places.append(self._image.get_item_position(item))
            item = item.get_parent()
        siblings = copy.get_layers()
        for place in reversed(places):
            item = siblings[place]
            item.set_lock_content(False)
            item.set_lock_position(False)
            siblings = item.get_children() if item.is_group() else []
        return item

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        selection = self._selection()
        if selection is None:
            return None
        place = box.moved(*_offsets(self._layer))
        return Plane(*size, 1, drawables.get(selection, place, drawables.value_layout(selection), size))

    def _selection(self) -> Optional[Any]:
        """What the user selected, as a channel. While there is a quick mask, that is what is being selected."""
        quick = self._image.get_channel_by_name(QUICK_MASK)
        if quick is not None:
            return None if drawables.is_blank(quick) else quick
        return None if Gimp.Selection.is_empty(self._image) else self._image.get_selection()

    def undo_group_start(self) -> None:
        self._image.undo_group_start()

    def undo_group_end(self) -> None:
        self._image.undo_group_end()

    def insert(self, new: NewLayer) -> Any:
        kind = Gimp.ImageType.GRAYA_IMAGE if self._layer.is_gray() else Gimp.ImageType.RGBA_IMAGE
        layer = Gimp.Layer.new(self._image, new.name, *_size(self._layer), kind, 100.0, Gimp.LayerMode.NORMAL)
        try:
            # Normal's default blends in linear light; the command line blends the encoded values.
            layer.set_composite_space(Gimp.LayerColorSpace.RGB_NON_LINEAR)
            drawables.put(layer, new.box, drawables.colour_layout(layer), new.pixels.data)
            # A layer inside a locked group cannot be moved or get a mask any more.
            layer.set_offsets(*_offsets(self._layer))
            self._copy_mask(layer)
        except BaseException:
            layer.delete()
            raise
        position = self._image.get_item_position(self._layer)
        if not self._image.insert_layer(layer, self._layer.get_parent(), position):
            layer.delete()
            raise BadImage(refusals.NOT_INSERTED)
        return layer

    def _copy_mask(self, layer: Any) -> None:
        """What the source's layer mask hides stays hidden."""
        mask = self._layer.get_mask()
        if mask is None:
            return
        own = layer.create_mask(Gimp.AddMaskType.WHITE)
        layer.add_mask(own)
        drawables.copy(mask, own)
        layer.set_apply_mask(self._layer.get_apply_mask())
        layer.set_edit_mask(False)

    def select(self, region: Plane, box: Box) -> None:
        width, height = self._image.get_width(), self._image.get_height()
        place = box.moved(*_offsets(self._layer))
        visible = place.clipped((width, height))
        quick = self._image.get_channel_by_name(QUICK_MASK)
        selected = self._image.get_selected_layers()
        channel = Gimp.Channel.new(self._image, "Text Replace", width, height, 100.0, Gegl.Color.new("red"))
        if not visible.is_empty():
            data = pixels.cut(region, visible.x0 - place.x0, visible.y0 - place.y0, *visible.size)
            drawables.put(channel, visible, drawables.value_layout(channel), data)
        # GIMP selects only channels that belong to the image.
        self._image.insert_channel(channel, None, 0)
        try:
            self._image.select_item(Gimp.ChannelOps.REPLACE, channel)
            if quick is not None:
                # Ends the quick mask, which would otherwise replace the selection when the user switches it off.
                self._image.remove_channel(quick)
        finally:
            self._image.remove_channel(channel)
            self._image.set_selected_layers(selected)

    def remove(self, layer: Any) -> None:
        self._image.remove_layer(layer)


def _size(layer: Any) -> tuple[int, int]:
    return layer.get_width(), layer.get_height()


def _offsets(layer: Any) -> tuple[int, int]:
    _, x, y = layer.get_offsets()
    return x, y
