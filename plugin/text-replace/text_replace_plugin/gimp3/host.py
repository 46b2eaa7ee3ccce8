"""One layer of one image in GIMP 3.0 or 3.2, over GObject introspection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import gi

from text_replace_plugin import image_metadata, pixels, refusals
from text_replace_plugin.gimp3 import drawables, recipes
from text_replace_plugin.host import QUICK_MASK, Extras, Host, Identity, LayerState, NewLayer
from text_replace_wire.errors import BadImage, ImageChanged
from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane, multiplied

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp  # noqa: E402


class Gimp3Host:
    """See `host.Host`. `image` and `layer` are Gimp.Image and Gimp.Layer; `older`: the layer of the older result."""

    def __init__(self, image: Any, layer: Any, older: Any = None) -> None:
        drawables.start()
        self._image = image
        self._layer = layer
        self._older = older
        self._older_shown = older is not None and older.get_visible()
        self._rendered: Optional[tuple[drawables.Rendered, tuple[int, int]]] = None

    @property
    def extras(self) -> Extras:
        return self

    def describe(self) -> LayerState:
        if not self._image.is_valid():
            raise ImageChanged(refusals.IMAGE_CLOSED)
        if not self._layer.is_valid():
            raise ImageChanged(refusals.LAYER_DELETED)
        if self._layer.get_image() != self._image:
            raise BadImage(refusals.OTHER_IMAGE)
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

    def thumbnail(self, size: tuple[int, int]) -> Any:
        """About `size` (width, height) pixels of the layer as GIMP shows it in small, as a GdkPixbuf, quick at any size
        of the layer; None where libgimp cannot make one: above 8 bits.
        """
        if self._image.get_precision() not in (Gimp.Precision.U8_NON_LINEAR, Gimp.Precision.U8_PERCEPTUAL):
            return None
        return self._layer.get_thumbnail(*size, Gimp.PixbufTransparency.KEEP_ALPHA)

    def fingerprint(self) -> bytes:
        self._rendered = None
        return drawables.digest(self._as_seen()[0])

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        layer, (x, y) = self._as_seen()
        channels = (1 if layer.is_gray() else 3) + layer.has_alpha()
        data = drawables.get(layer, box.moved(x, y), drawables.colour_layout(layer), size, Gegl.AbyssPolicy.CLAMP)
        return Plane(*size, channels, data)

    def _as_seen(self) -> tuple[Any, tuple[int, int]]:
        """The layer, or what is read instead of it where it has live filters; and where its own corner lies in that.

        Rendering filters takes long: what was rendered serves until the next fingerprint.
        """
        if not self._layer.get_filters():
            return self._layer, (0, 0)
        if self._rendered is None:
            self._rendered = self._render()
        return self._rendered

    def _render(self) -> tuple[drawables.Rendered, tuple[int, int]]:
        """A drawable's pixels are those below its filters, so filters are merged in a copy of the image."""
        copy = self._image.duplicate()
        try:
            layer = self._counterpart(copy)
            x, y = _offsets(layer)
            layer.merge_filters()
            # Filters such as a drop shadow make the layer grow.
            grown_x, grown_y = _offsets(layer)
            return drawables.Rendered(layer), (x - grown_x, y - grown_y)
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

    def selection_box(self) -> Optional[Box]:
        selection = self._selection()
        if selection is None:
            return None
        bounds = Box(0, 0, self._image.get_width(), self._image.get_height())
        if selection.get_name() != QUICK_MASK:
            bounds = Box(*Gimp.Selection.bounds(self._image)[2:6])
        x, y = _offsets(self._layer)
        box = bounds.moved(-x, -y).clipped(_size(self._layer))
        return None if box.is_empty() else box

    def identity(self) -> Identity:
        return Identity(self._layer.get_tattoo(), self._layer.get_name())

    def recipe(self) -> Optional[bytes]:
        return recipes.of(self._layer)

    def sources(self, source: Identity) -> Sequence[Host]:
        found = [self._image.get_layer_by_tattoo(source.tattoo), self._image.get_layer_by_name(source.name)]
        older = recipes.whole_result(self._layer)
        return [Gimp3Host(self._image, layer, older) for layer in found if layer not in (None, self._layer)]

    def undo_group_start(self) -> None:
        self._image.undo_group_start()

    def undo_group_end(self) -> None:
        self._image.undo_group_end()

    def insert_group(self, name: str, parent: Any = None, contents: Optional[bytes] = None) -> Any:
        group = Gimp.GroupLayer.new(self._image, name)
        group.set_mode(Gimp.LayerMode.PASS_THROUGH)
        recipes.attach(group, contents)
        self._put_in(group, parent)
        return group

    def insert(self, new: NewLayer, group: Any = None) -> Any:
        kind = Gimp.ImageType.GRAYA_IMAGE if self._layer.is_gray() else Gimp.ImageType.RGBA_IMAGE
        layer = Gimp.Layer.new(self._image, new.name, *_size(self._layer), kind, 100.0, Gimp.LayerMode.NORMAL)
        try:
            layer.set_composite_space(self._composite_space())
            if new.mask is not None:
                seen, (x, y) = self._as_seen()
                drawables.copy(seen, layer, x, y)
            drawables.put(layer, new.box, drawables.colour_layout(layer), new.pixels.data)
            recipes.attach(layer, new.recipe)
            # A layer inside a locked group cannot be moved or get a mask any more.
            layer.set_offsets(*_offsets(self._layer))
            self._add_mask(layer, new)
            layer.set_visible(new.visible)
        except BaseException:
            layer.delete()
            raise
        self._put_in(layer, group)
        return layer

    def _put_in(self, layer: Any, group: Any) -> None:
        """On top in `group`, else above the source layer or the older result."""
        below = self._older or self._layer
        parent, position = (
            (group, 0) if group is not None else (below.get_parent(), self._image.get_item_position(below))
        )
        if not self._image.insert_layer(layer, parent, position):
            layer.delete()
            raise BadImage(refusals.NOT_INSERTED)

    def _composite_space(self) -> Any:
        """Where encoded values blend, as in the command line: Normal's default blends in linear light.

        GIMP converts the whole picture to that space and back, also where the layer is transparent. Its curves for an
        image's own profile are approximations, which shows beyond 8 bits unless the image is in that encoding anyway;
        those for sRGB's gamma are exact enough.
        """
        precision = self._image.get_precision().value_nick
        exact = precision.startswith("u8") or precision.endswith("non-linear")
        if exact or self._image.get_color_profile() is None:
            return Gimp.LayerColorSpace.RGB_NON_LINEAR
        return Gimp.LayerColorSpace.RGB_PERCEPTUAL

    def _add_mask(self, layer: Any, new: NewLayer) -> None:
        """The new layer's own mask; what the source's layer mask hides stays hidden."""
        mask = self._layer.get_mask()
        if mask is None and new.mask is None:
            return
        own = layer.create_mask(Gimp.AddMaskType.BLACK)
        layer.add_mask(own)
        if new.mask is None:
            drawables.copy(mask, own)
            layer.set_apply_mask(self._layer.get_apply_mask())
        else:
            values = new.mask.data
            if mask is not None and self._layer.get_apply_mask():
                seen = drawables.get(mask, new.box, drawables.value_layout(mask))
                values = multiplied(values, seen, new.box.width)
            drawables.put(own, new.box, drawables.value_layout(own), values)
        layer.set_edit_mask(False)

    def keep_selection(self, name: str) -> Any:
        selection = self._selection()
        if selection is None:
            return None
        selected = self._image.get_selected_layers()
        if selection.get_name() == QUICK_MASK:
            channel = selection.copy()
            self._image.insert_channel(channel, None, 0)
        else:
            channel = Gimp.Selection.save(self._image)
        channel.set_name(name)
        channel.set_visible(False)
        self._image.set_selected_layers(selected)
        return channel

    def show_older(self, visible: bool) -> None:
        if self._older_shown:
            self._older.set_visible(visible)

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

    def remove_channel(self, channel: Any) -> None:
        self._image.remove_channel(channel)

    def mark(self) -> None:
        metadata = self._image.get_metadata()
        text = image_metadata.marked("" if metadata is None else metadata.serialize())
        if not self._image.set_metadata(Gimp.Metadata.deserialize(text)):
            raise RuntimeError("GIMP did not take the metadata")


def _size(layer: Any) -> tuple[int, int]:
    return layer.get_width(), layer.get_height()


def _offsets(layer: Any) -> tuple[int, int]:
    _, x, y = layer.get_offsets()
    return x, y
