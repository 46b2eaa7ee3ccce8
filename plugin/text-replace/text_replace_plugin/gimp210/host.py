"""One layer of one image in GIMP 2.10, over `gimpfu_compat`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Optional

from text_replace_plugin import image_metadata, pixels, recipe, refusals
from text_replace_plugin.gimp210 import libgimp2
from text_replace_plugin.gimp210.gimpfu_compat import pdb
from text_replace_plugin.host import QUICK_MASK, Extras, Host, Identity, LayerState, NewLayer
from text_replace_wire.errors import BadImage, ImageChanged
from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane, multiplied

# libgimpbase/gimpbaseenums.h
RGBA_IMAGE, GRAYA_IMAGE = 1, 3
LAYER_MODE_NORMAL = 28
LAYER_COLOR_SPACE_RGB_PERCEPTUAL = 2
LAYER_MODE_PASS_THROUGH = 61
ADD_MASK_BLACK = 1
CHANNEL_OP_REPLACE = 2
NO_ITEM = -1
TOP_LEVEL = 0


class Gimp210Host:
    """See `host.Host`. `image` and `layer` are GIMP's numbers; `older`: the layer of the older result."""

    def __init__(self, image: int, layer: int, older: Optional[int] = None) -> None:
        libgimp2.start_gegl()
        self._image = image
        self._layer = layer
        self._older = older
        self._older_shown = older is not None and bool(pdb.gimp_item_get_visible(older))

    @property
    def extras(self) -> Extras:
        return self

    def describe(self) -> LayerState:
        if not pdb.gimp_image_is_valid(self._image):
            raise ImageChanged(refusals.IMAGE_CLOSED)
        if not pdb.gimp_item_is_valid(self._layer):
            raise ImageChanged(refusals.LAYER_DELETED)
        if pdb.gimp_item_get_image(self._layer) != self._image:
            raise BadImage(refusals.OTHER_IMAGE)
        self._refuse_unsupported()
        return LayerState(self._size(), self._offsets())

    def _refuse_unsupported(self) -> None:
        if not pdb.gimp_item_is_layer(self._layer):
            quick = self._layer == self._quick_mask()
            raise BadImage(refusals.QUICK_MASK if quick else refusals.NOT_A_LAYER)
        if pdb.gimp_item_is_group(self._layer):
            raise BadImage(refusals.GROUP)
        if pdb.gimp_image_get_floating_sel(self._image) != NO_ITEM:
            raise BadImage(refusals.FLOATING)
        if pdb.gimp_drawable_is_indexed(self._layer):
            raise BadImage(refusals.INDEXED)

    def fingerprint(self) -> bytes:
        digest = hashlib.sha256()
        for strip in libgimp2.strips(self._layer):
            digest.update(strip)
        return digest.digest()

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        return _get(self._layer, box, size, libgimp2.ABYSS_CLAMP, libgimp2.colour_layout(self._layer))

    def read_selection(self, box: Box, size: tuple[int, int]) -> Optional[Plane]:
        selection = self._selection()
        if selection is None:
            return None
        place = box.moved(*self._offsets())
        return _get(selection, place, size, libgimp2.ABYSS_NONE, libgimp2.value_layout(selection))

    def _selection(self) -> Optional[int]:
        """What the user selected, as a channel. While there is a quick mask, that is what is being selected."""
        quick = self._quick_mask()
        if quick is not None:
            blank = all(strip.count(0) == len(strip) for strip in libgimp2.strips(quick))
            return None if blank else quick
        if pdb.gimp_selection_is_empty(self._image):
            return None
        return int(pdb.gimp_image_get_selection(self._image))

    def _quick_mask(self) -> Optional[int]:
        channel = pdb.gimp_image_get_channel_by_name(self._image, QUICK_MASK)
        return None if channel == NO_ITEM else int(channel)

    def selection_box(self) -> Optional[Box]:
        selection = self._selection()
        if selection is None:
            return None
        bounds = Box(0, 0, pdb.gimp_image_width(self._image), pdb.gimp_image_height(self._image))
        if selection != self._quick_mask():
            bounds = Box(*pdb.gimp_selection_bounds(self._image)[1:])
        x, y = self._offsets()
        box = bounds.moved(-x, -y).clipped(self._size())
        return None if box.is_empty() else box

    def identity(self) -> Identity:
        return Identity(pdb.gimp_item_get_tattoo(self._layer), pdb.gimp_item_get_name(self._layer))

    def recipe(self) -> Optional[bytes]:
        return _recipe_of(self._layer)

    def sources(self, source: Identity) -> Sequence[Host]:
        found = [
            pdb.gimp_image_get_layer_by_tattoo(self._image, source.tattoo),
            pdb.gimp_image_get_layer_by_name(self._image, source.name),
        ]
        older = self._whole_result()
        return [Gimp210Host(self._image, layer, older) for layer in found if layer not in (NO_ITEM, self._layer)]

    def _whole_result(self) -> int:
        """The layer or group of pairs, or the group of pairs around a layer: see `recipe.whole_result`."""
        around = []
        if not pdb.gimp_item_is_group(self._layer):
            parent = pdb.gimp_item_get_parent(self._layer)
            while parent != NO_ITEM:
                around.append(int(parent))
                parent = pdb.gimp_item_get_parent(parent)
        return recipe.whole_result(self._layer, around, _recipe_of)

    def undo_group_start(self) -> None:
        pdb.gimp_image_undo_group_start(self._image)

    def undo_group_end(self) -> None:
        pdb.gimp_image_undo_group_end(self._image)

    def insert_group(self, name: str, parent: Any = None, contents: Optional[bytes] = None) -> Any:
        group = pdb.gimp_layer_group_new(self._image)
        try:
            pdb.gimp_item_set_name(group, name)
            pdb.gimp_layer_set_mode(group, LAYER_MODE_PASS_THROUGH)
            _attach(group, contents)
            self._put_in(group, parent)
        except BaseException:
            pdb.gimp_item_delete(group)
            raise
        return group

    def insert(self, new: NewLayer, group: Any = None) -> Any:
        kind = GRAYA_IMAGE if pdb.gimp_drawable_is_gray(self._layer) else RGBA_IMAGE
        layer = pdb.gimp_layer_new(self._image, *self._size(), kind, new.name, 100.0, LAYER_MODE_NORMAL)
        try:
            # Normal's default blends in linear light; the command line blends the encoded values.
            pdb.gimp_layer_set_composite_space(layer, LAYER_COLOR_SPACE_RGB_PERCEPTUAL)
            if new.mask is not None:
                libgimp2.copy_pixels(self._layer, layer)
            layout = libgimp2.colour_layout(layer)
            libgimp2.set_pixels(layer, new.box.x0, new.box.y0, *new.box.size, new.pixels.data, layout)
            # A layer inside a locked group cannot be moved or get a mask any more.
            pdb.gimp_layer_set_offsets(layer, *self._offsets())
            self._add_mask(layer, new)
            _attach(layer, new.recipe)
            pdb.gimp_item_set_visible(layer, int(new.visible))
            self._put_in(layer, group)
        except BaseException:
            pdb.gimp_item_delete(layer)
            raise
        pdb.gimp_drawable_update(layer, 0, 0, *self._size())
        return layer

    def _put_in(self, layer: int, group: Optional[int]) -> None:
        """On top in `group`, else above the source layer or the older result."""
        below = self._layer if self._older is None else self._older
        parent, position = group, 0
        if parent is None:
            parent, position = pdb.gimp_item_get_parent(below), pdb.gimp_image_get_item_position(self._image, below)
        pdb.gimp_image_insert_layer(self._image, layer, TOP_LEVEL if parent == NO_ITEM else parent, position)

    def _add_mask(self, layer: int, new: NewLayer) -> None:
        """The new layer's own mask; what the source's layer mask hides stays hidden."""
        mask = pdb.gimp_layer_get_mask(self._layer)
        if mask == NO_ITEM and new.mask is None:
            return
        own = pdb.gimp_layer_create_mask(layer, ADD_MASK_BLACK)
        pdb.gimp_layer_add_mask(layer, own)
        applied = pdb.gimp_layer_get_apply_mask(self._layer)
        if new.mask is None:
            libgimp2.copy_pixels(mask, own)
            pdb.gimp_layer_set_apply_mask(layer, applied)
        else:
            values, box = new.mask.data, new.box
            if mask != NO_ITEM and applied:
                seen = _get(mask, box, box.size, libgimp2.ABYSS_NONE, libgimp2.value_layout(mask))
                values = multiplied(values, seen.data, box.width)
            libgimp2.set_pixels(own, box.x0, box.y0, *box.size, values)
        pdb.gimp_layer_set_edit_mask(layer, 0)

    def keep_selection(self, name: str) -> Any:
        selection = self._selection()
        if selection is None:
            return None
        active = pdb.gimp_image_get_active_layer(self._image)
        if selection == self._quick_mask():
            channel = pdb.gimp_channel_copy(selection)
            pdb.gimp_image_insert_channel(self._image, channel, TOP_LEVEL, 0)
        else:
            channel = pdb.gimp_selection_save(self._image)
        pdb.gimp_item_set_name(channel, name)
        pdb.gimp_item_set_visible(channel, 0)
        pdb.gimp_image_set_active_layer(self._image, active)
        return channel

    def show_older(self, visible: bool) -> None:
        if self._older_shown:
            pdb.gimp_item_set_visible(self._older, int(visible))

    def select(self, region: Plane, box: Box) -> None:
        canvas = pdb.gimp_image_width(self._image), pdb.gimp_image_height(self._image)
        place = box.moved(*self._offsets())
        visible = place.clipped(canvas)
        quick = self._quick_mask()
        active = pdb.gimp_image_get_active_layer(self._image)
        channel = pdb.gimp_channel_new(self._image, *canvas, "Text Replace", 100.0, (1.0, 0.0, 0.0, 1.0))
        if not visible.is_empty():
            data = pixels.cut(region, visible.x0 - place.x0, visible.y0 - place.y0, *visible.size)
            libgimp2.set_pixels(channel, visible.x0, visible.y0, *visible.size, data)
        # GIMP selects only channels that belong to the image.
        pdb.gimp_image_insert_channel(self._image, channel, TOP_LEVEL, 0)
        try:
            pdb.gimp_image_select_item(self._image, CHANNEL_OP_REPLACE, channel)
            if quick is not None:
                # Ends the quick mask, which would otherwise replace the selection when the user switches it off.
                pdb.gimp_image_remove_channel(self._image, quick)
        finally:
            pdb.gimp_image_remove_channel(self._image, channel)
            pdb.gimp_image_set_active_layer(self._image, active)

    def remove(self, layer: Any) -> None:
        pdb.gimp_image_remove_layer(self._image, layer)

    def remove_channel(self, channel: Any) -> None:
        pdb.gimp_image_remove_channel(self._image, channel)

    def mark(self) -> None:
        text = pdb.gimp_image_get_metadata(self._image)
        pdb.gimp_image_set_metadata(self._image, image_metadata.marked(text))

    def _size(self) -> tuple[int, int]:
        return pdb.gimp_drawable_width(self._layer), pdb.gimp_drawable_height(self._layer)

    def _offsets(self) -> tuple[int, int]:
        x, y = pdb.gimp_drawable_offsets(self._layer)
        return x, y


def _recipe_of(item: int) -> Optional[bytes]:
    """The recipe in a layer or group; None where it has none."""
    return libgimp2.parasite_of(item, recipe.PARASITE)


def _attach(layer: int, contents: Optional[bytes]) -> None:
    """Put a recipe, if there is one, into a layer or group."""
    if contents is not None and not libgimp2.attach_parasite(layer, recipe.PARASITE, contents):
        raise BadImage(refusals.NOT_INSERTED)


def _get(drawable: int, box: Box, size: tuple[int, int], abyss: int, layout: Any) -> Plane:
    """The pixels inside `box` (the drawable's pixels), resampled by GEGL to `size`."""
    scale = 1.0 if size == box.size else max(size[0] / box.width, size[1] / box.height)
    # GEGL wants the rectangle in scaled coordinates.
    x, y = round(box.x0 * scale), round(box.y0 * scale)
    data, channels = libgimp2.get_pixels(drawable, x, y, *size, scale, abyss, layout)
    return Plane(*size, channels, data)
