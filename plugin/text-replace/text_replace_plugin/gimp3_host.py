"""One layer of one image in GIMP 3.0 or 3.2, over GObject introspection."""

from __future__ import annotations

import hashlib
from typing import Any, Optional

import gi
from text_replace_wire.errors import BadImage, ImageChanged
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Plane

from . import pixels, refusals
from .host import LayerState, NewLayer

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp  # noqa: E402

#: Rows read at once for a fingerprint: bounds the memory, and is a multiple of GIMP's tile height.
STRIP = 512


class Gimp3Host:
    """See `host.Host`. `image` and `layer` are Gimp.Image and Gimp.Layer."""

    def __init__(self, image: Any, layer: Any) -> None:
        Gegl.init(None)
        self._image = image
        self._layer = layer

    def describe(self) -> LayerState:
        if not self._image.is_valid():
            raise ImageChanged(refusals.IMAGE_CLOSED)
        if not self._layer.is_valid() or self._layer.get_image() != self._image:
            raise ImageChanged(refusals.LAYER_DELETED)
        self._refuse_unsupported()
        _, x, y = self._layer.get_offsets()
        return LayerState((self._layer.get_width(), self._layer.get_height()), (x, y))

    def _refuse_unsupported(self) -> None:
        if not isinstance(self._layer, Gimp.Layer):
            raise BadImage(refusals.NOT_A_LAYER)
        if self._layer.is_group():
            raise BadImage(refusals.GROUP)
        if self._layer.is_floating_sel() or self._image.get_floating_sel() is not None:
            raise BadImage(refusals.FLOATING)
        if self._layer.is_indexed():
            raise BadImage(refusals.INDEXED)
        if self._image.get_precision() not in (Gimp.Precision.U8_NON_LINEAR, Gimp.Precision.U8_PERCEPTUAL):
            raise BadImage(refusals.PRECISION)
        if self._layer.get_filters():
            raise BadImage(refusals.FILTERS)

    def fingerprint(self) -> bytes:
        width, height = self._layer.get_width(), self._layer.get_height()
        digest, buffer, layout = hashlib.blake2b(), self._layer.get_buffer(), self._format(self._layer)
        for y in range(0, height, STRIP):
            digest.update(_get(buffer, Box(0, y, width, min(y + STRIP, height)), layout))
        return digest.digest()

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        channels = (1 if self._layer.is_gray() else 3) + self._layer.has_alpha()
        data = _get(self._layer.get_buffer(), box, self._format(self._layer), size, Gegl.AbyssPolicy.CLAMP)
        return Plane(*size, channels, data)

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        if Gimp.Selection.is_empty(self._image):
            return None
        selection = self._image.get_selection()
        _, x, y = self._layer.get_offsets()
        place = Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)
        return Plane(*size, 1, _get(selection.get_buffer(), place, _u8(selection), size))

    def undo_group_start(self) -> None:
        self._image.undo_group_start()

    def undo_group_end(self) -> None:
        self._image.undo_group_end()

    def insert(self, new: NewLayer) -> Any:
        width, height = self._layer.get_width(), self._layer.get_height()
        kind = Gimp.ImageType.GRAYA_IMAGE if self._layer.is_gray() else Gimp.ImageType.RGBA_IMAGE
        layer = Gimp.Layer.new(self._image, new.name, width, height, kind, 100.0, Gimp.LayerMode.NORMAL)
        try:
            # Normal's default blends in linear light; the command line blends the encoded values.
            layer.set_composite_space(Gimp.LayerColorSpace.RGB_NON_LINEAR)
            _set(layer, new.box, self._format(layer), new.pixels.data)
        except BaseException:
            layer.delete()
            raise
        position = self._image.get_item_position(self._layer)
        if not self._image.insert_layer(layer, self._layer.get_parent(), position):
            layer.delete()
            raise BadImage(refusals.NOT_INSERTED)
        _, x, y = self._layer.get_offsets()
        layer.set_offsets(x, y)
        return layer

    def select(self, region: Plane, box: Box) -> None:
        width, height = self._image.get_width(), self._image.get_height()
        _, x, y = self._layer.get_offsets()
        place = Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)
        visible = place.clipped((width, height))
        selected = self._image.get_selected_layers()
        channel = Gimp.Channel.new(self._image, "Text Replace", width, height, 100.0, Gegl.Color.new("red"))
        if not visible.is_empty():
            data = pixels.cut(region, visible.x0 - place.x0, visible.y0 - place.y0, *visible.size)
            _set(channel, visible, _u8(channel), data)
        # GIMP selects only channels that belong to the image.
        self._image.insert_channel(channel, None, 0)
        try:
            self._image.select_item(Gimp.ChannelOps.REPLACE, channel)
        finally:
            self._image.remove_channel(channel)
            self._image.set_selected_layers(selected)

    def remove(self, layer: Any) -> None:
        self._image.remove_layer(layer)

    @staticmethod
    def _format(layer: Any) -> str:
        """8 bits in the layer's own space, so that reading and writing convert no colour."""
        model = ("Y'" if layer.is_gray() else "R'G'B'") + ("A" if layer.has_alpha() else "")
        return str(Babl.get_name(Babl.format_with_space(f"{model} u8", layer.get_format())))


def _u8(channel: Any) -> str:
    model = Babl.format_get_encoding(channel.get_format()).split()[0]
    return str(Babl.get_name(Babl.format_with_space(f"{model} u8", channel.get_format())))


def _get(
    buffer: Any,
    box: Box,
    layout: str,
    size: Optional[tuple[int, int]] = None,
    abyss: Any = Gegl.AbyssPolicy.NONE,
) -> bytes:
    """The pixels inside `box` (the buffer's pixels), resampled by GEGL to `size` where one is given."""
    width, height = size or box.size
    scale = 1.0 if size is None or size == box.size else max(width / box.width, height / box.height)
    # GEGL wants the rectangle in scaled coordinates.
    rectangle = Gegl.Rectangle.new(round(box.x0 * scale), round(box.y0 * scale), width, height)
    return bytes(buffer.get(rectangle, scale, layout, abyss))


def _set(drawable: Any, box: Box, layout: str, data: bytes) -> None:
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(box.x0, box.y0, *box.size), layout, data)
    buffer.flush()
    drawable.update(box.x0, box.y0, *box.size)
