"""One layer of one image in GIMP 2.10, over `gimpfu_compat`."""

from __future__ import annotations

import hashlib
from typing import Any, Optional

from text_replace_wire.errors import BadImage, ImageChanged
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Plane

from . import libgimp2, pixels, refusals
from .gimpfu_compat import pdb
from .host import LayerState, NewLayer

#: Rows read at once for a fingerprint: bounds the memory, and is a multiple of GIMP's tile height.
STRIP = 512

# libgimpbase/gimpbaseenums.h
RGBA_IMAGE, GRAYA_IMAGE = 1, 3
LAYER_MODE_NORMAL = 28
LAYER_COLOR_SPACE_RGB_PERCEPTUAL = 2
PRECISION_U8_GAMMA = 150
CHANNEL_OP_REPLACE = 2
NO_ITEM = -1
TOP_LEVEL = 0


class Gimp210Host:
    """See `host.Host`. `image` and `layer` are GIMP's numbers."""

    def __init__(self, image: int, layer: int) -> None:
        libgimp2.gegl_init(None, None)
        self._image = image
        self._layer = layer

    def describe(self) -> LayerState:
        if not pdb.gimp_image_is_valid(self._image):
            raise ImageChanged(refusals.IMAGE_CLOSED)
        if not pdb.gimp_item_is_valid(self._layer) or pdb.gimp_item_get_image(self._layer) != self._image:
            raise ImageChanged(refusals.LAYER_DELETED)
        self._refuse_unsupported()
        return LayerState(self._size(), self._offsets())

    def _refuse_unsupported(self) -> None:
        if not pdb.gimp_item_is_layer(self._layer):
            raise BadImage(refusals.NOT_A_LAYER)
        if pdb.gimp_item_is_group(self._layer):
            raise BadImage(refusals.GROUP)
        if pdb.gimp_image_get_floating_sel(self._image) != NO_ITEM:
            raise BadImage(refusals.FLOATING)
        if pdb.gimp_drawable_is_indexed(self._layer):
            raise BadImage(refusals.INDEXED)
        if pdb.gimp_image_get_precision(self._image) != PRECISION_U8_GAMMA:
            raise BadImage(refusals.PRECISION)

    def fingerprint(self) -> bytes:
        width, height = self._size()
        digest = hashlib.blake2b()
        for y in range(0, height, STRIP):
            rows = min(STRIP, height - y)
            digest.update(libgimp2.get_pixels(self._layer, 0, y, width, rows, 1.0, libgimp2.ABYSS_NONE)[0])
        return digest.digest()

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        return _get(self._layer, box, size, libgimp2.ABYSS_CLAMP)

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        if pdb.gimp_selection_is_empty(self._image):
            return None
        return _get(pdb.gimp_image_get_selection(self._image), self._placed(box), size, libgimp2.ABYSS_NONE)

    def undo_group_start(self) -> None:
        pdb.gimp_image_undo_group_start(self._image)

    def undo_group_end(self) -> None:
        pdb.gimp_image_undo_group_end(self._image)

    def insert(self, new: NewLayer) -> Any:
        kind = GRAYA_IMAGE if pdb.gimp_drawable_is_gray(self._layer) else RGBA_IMAGE
        layer = pdb.gimp_layer_new(self._image, *self._size(), kind, new.name, 100.0, LAYER_MODE_NORMAL)
        parent = pdb.gimp_item_get_parent(self._layer)
        try:
            # Normal's default blends in linear light; the command line blends the encoded values.
            pdb.gimp_layer_set_composite_space(layer, LAYER_COLOR_SPACE_RGB_PERCEPTUAL)
            libgimp2.set_pixels(layer, new.box.x0, new.box.y0, *new.box.size, new.pixels.data)
            position = pdb.gimp_image_get_item_position(self._image, self._layer)
            pdb.gimp_image_insert_layer(self._image, layer, TOP_LEVEL if parent == NO_ITEM else parent, position)
        except BaseException:
            pdb.gimp_item_delete(layer)
            raise
        pdb.gimp_layer_set_offsets(layer, *self._offsets())
        pdb.gimp_drawable_update(layer, 0, 0, *self._size())
        return layer

    def select(self, region: Plane, box: Box) -> None:
        canvas = pdb.gimp_image_width(self._image), pdb.gimp_image_height(self._image)
        place = self._placed(box)
        visible = place.clipped(canvas)
        active = pdb.gimp_image_get_active_layer(self._image)
        channel = pdb.gimp_channel_new(self._image, *canvas, "Text Replace", 100.0, (1.0, 0.0, 0.0, 1.0))
        if not visible.is_empty():
            data = pixels.cut(region, visible.x0 - place.x0, visible.y0 - place.y0, *visible.size)
            libgimp2.set_pixels(channel, visible.x0, visible.y0, *visible.size, data)
        # GIMP selects only channels that belong to the image.
        pdb.gimp_image_insert_channel(self._image, channel, TOP_LEVEL, 0)
        try:
            pdb.gimp_image_select_item(self._image, CHANNEL_OP_REPLACE, channel)
        finally:
            pdb.gimp_image_remove_channel(self._image, channel)
            pdb.gimp_image_set_active_layer(self._image, active)

    def remove(self, layer: Any) -> None:
        pdb.gimp_image_remove_layer(self._image, layer)

    def _size(self) -> tuple[int, int]:
        return pdb.gimp_drawable_width(self._layer), pdb.gimp_drawable_height(self._layer)

    def _offsets(self) -> tuple[int, int]:
        x, y = pdb.gimp_drawable_offsets(self._layer)
        return x, y

    def _placed(self, box: Box) -> Box:
        x, y = self._offsets()
        return Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)


def _get(drawable: int, box: Box, size: tuple[int, int], abyss: int) -> Plane:
    """The pixels inside `box` (the drawable's pixels), resampled by GEGL to `size`."""
    scale = 1.0 if size == box.size else max(size[0] / box.width, size[1] / box.height)
    # GEGL wants the rectangle in scaled coordinates.
    x, y = round(box.x0 * scale), round(box.y0 * scale)
    data, channels = libgimp2.get_pixels(drawable, x, y, *size, scale, abyss)
    return Plane(*size, channels, data)
