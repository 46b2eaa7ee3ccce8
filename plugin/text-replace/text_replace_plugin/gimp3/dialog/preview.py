"""The layer in small, with what is going to be replaced laid over it, and with what is being painted; one can point at
objects in it.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

import gi

from text_replace_plugin import pointing
from text_replace_plugin.i18n import _
from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk  # noqa: E402

#: Pixels: at least so wide and high is the widget.
WIDTH, HEIGHT = 440, 300
#: Pixels: so wide and high at most is the layer as it is read; shown larger it is enlarged.
_SOURCE = 1000
#: Between picture and frame, on all sides together.
_FRAMED = 4


class LayerPreview(Gtk.EventBox):  # type: ignore[misc]
    """Layers in the widget, from below: the layer itself, what is painted so far, a tint, the box that is being drawn.

    It grows with its window. size: of the tint; shown: of the picture now; source_size: to read the layer at; each
    (width, height) in the layer's proportions. on_click, on_box: called with the place or the box in pixels of what is
    shown, and whether Shift and Ctrl are held.
    """

    def __init__(
        self,
        layer_size: tuple[int, int],
        on_click: Callable[[tuple[int, int], bool, bool], None],
        on_box: Callable[[Box, bool, bool], None],
    ) -> None:
        super().__init__()
        self.size = self.shown = fitted(layer_size, (WIDTH, HEIGHT))
        self.source_size = fitted(layer_size, (_SOURCE, _SOURCE))
        self._layer_size = layer_size
        self._on_click, self._on_box = on_click, on_box
        self._start: Optional[tuple[int, int]] = None
        self._band: Optional[Box] = None
        self._source: Optional[Any] = None
        self._base = _empty(self.shown)
        self._tint: Optional[Any] = None
        self._painted: Optional[Any] = None
        self._image = Gtk.Image(halign=Gtk.Align.CENTER, valign=Gtk.Align.CENTER)
        self._image.get_accessible().set_name(_("Preview of the layer"))
        frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
        frame.add(self._image)
        self.add(frame)
        self.connect("realize", _show_crosshair)
        self.connect("size-allocate", self._allocated)
        self.add_events(Gdk.EventMask.BUTTON_RELEASE_MASK | Gdk.EventMask.BUTTON1_MOTION_MASK)
        self.connect("button-press-event", self._pressed)
        self.connect("motion-notify-event", self._moved)
        self.connect("button-release-event", self._released)
        self.connect("grab-broken-event", lambda *_ignored: self._stop_drawing())
        self._draw()

    @property
    def is_tall(self) -> bool:
        """Whether it has use for more height than its width gives it."""
        return self.size[1] == HEIGHT

    def do_get_request_mode(self) -> Any:
        """GTK asks; the picture's own size would keep the window from becoming smaller again."""
        return Gtk.SizeRequestMode.HEIGHT_FOR_WIDTH

    def do_get_preferred_width(self) -> tuple[int, int]:
        """See `do_get_request_mode`."""
        return WIDTH + _FRAMED, WIDTH + _FRAMED

    def do_get_preferred_height(self) -> tuple[int, int]:
        """See `do_get_request_mode`."""
        return self.size[1] + _FRAMED, self.size[1] + _FRAMED

    def do_get_preferred_height_for_width(self, width: int) -> tuple[int, int]:
        """See `do_get_request_mode`."""
        return self.size[1] + _FRAMED, self.size[1] * (width - _FRAMED) // WIDTH + _FRAMED

    def _allocated(self, _widget: Any, _space: Any) -> None:
        if self._fitting() != self.shown:
            # Not while sizes are given out.
            GLib.idle_add(self._resize)

    def _fitting(self) -> tuple[int, int]:
        space = self.get_allocation()
        return fitted(self._layer_size, (space.width - _FRAMED, space.height - _FRAMED))

    def _resize(self) -> bool:
        # What is drawn until then has the old size.
        self.shown = self._fitting()
        self._start = self._band = None
        self._scale()
        return False  # Once is enough.

    def show_layer(self, pixbuf: Any) -> None:
        """`pixbuf`: the whole layer, at any size."""
        self._source = pixbuf
        self._scale()

    def _scale(self) -> None:
        if self._source is None:
            self._base = _empty(self.shown)
        else:
            scaled = self._source.scale_simple(*self.shown, GdkPixbuf.InterpType.BILINEAR)
            if scaled.get_has_alpha():
                how = GdkPixbuf.InterpType.NEAREST
                scaled = scaled.composite_color_simple(*self.shown, how, 255, _CHECKS, _LIGHT, _DARK)
            self._base = scaled
        self._draw()

    def show_tint(self, rgba: Optional[bytes]) -> None:
        """`rgba`: of `size`, or nothing."""
        self._tint = None if rgba is None else pixbuf_of(Plane(*self.size, 4, rgba))
        self._draw()

    def show_painted(self, picture: Plane, box: Box) -> None:
        """`picture`: RGB, to be seen over `box` of the layer, which may reach outside it; the tint waits meanwhile."""
        self._painted = pixbuf_of(picture), box
        self._draw()

    def hide_painted(self) -> None:
        self._painted = None
        self._draw()

    def _draw(self) -> None:
        shown = self._base.copy()
        if self._painted is not None:
            self._draw_painted(shown, *self._painted)
        elif self._tint is not None:
            zoom = (here / there for here, there in zip(self.shown, self.size))
            self._tint.composite(shown, 0, 0, *self.shown, 0, 0, *zoom, GdkPixbuf.InterpType.BILINEAR, 255)
        if self._band is not None:
            _draw_frame(shown, self._band)
        self._image.set_from_pixbuf(shown)

    def _draw_painted(self, shown: Any, picture: Any, box: Box) -> None:
        scale_x, scale_y = (here / there for here, there in zip(self.shown, self._layer_size))
        x, y = box.x0 * scale_x, box.y0 * scale_y
        place = Box(*(round(edge) for edge in (x, y, box.x1 * scale_x, box.y1 * scale_y))).clipped(self.shown)
        if place.is_empty():
            return
        zoom = box.width * scale_x / picture.get_width(), box.height * scale_y / picture.get_height()
        how = GdkPixbuf.InterpType.BILINEAR
        picture.composite(shown, place.x0, place.y0, *place.size, x, y, *zoom, how, 255)

    def _pressed(self, _widget: Any, event: Any) -> bool:
        x, y = self._place(event)
        if event.button == Gdk.BUTTON_PRIMARY and 0 <= x < self.shown[0] and 0 <= y < self.shown[1]:
            self._start = x, y
        return True

    def _moved(self, _widget: Any, event: Any) -> bool:
        if self._start is not None:
            self._band = pointing.dragged(self._start, self._place(event), self.shown)
            self._draw()
        return True

    def _released(self, _widget: Any, event: Any) -> bool:
        start = self._start
        if start is not None and event.button == Gdk.BUTTON_PRIMARY:
            box = pointing.dragged(start, self._place(event), self.shown)
            self._stop_drawing()
            shift, control = (bool(event.state & key) for key in _KEYS)
            if box is None:
                self._on_click(start, shift, control)
            else:
                self._on_box(box, shift, control)
        return True

    def _stop_drawing(self) -> None:
        self._start = self._band = None
        self._draw()

    def _place(self, event: Any) -> tuple[int, int]:
        """In pixels of the preview; may be outside it."""
        space = self._image.get_allocation()
        left, top = (space.width - self.shown[0]) // 2, (space.height - self.shown[1]) // 2
        return int(event.x) - space.x - left, int(event.y) - space.y - top


#: What shows through transparent parts: size and greys.
_CHECKS, _LIGHT, _DARK = 8, 0x999999, 0x666666
_KEYS = Gdk.ModifierType.SHIFT_MASK, Gdk.ModifierType.CONTROL_MASK
#: Of the frame around the box that is being drawn, from outside in: to be seen on every picture.
_FRAME = 0x000000FF, 0xFFFFFFFF


def fitted(layer_size: tuple[int, int], space: tuple[int, int]) -> tuple[int, int]:
    """The layer's proportions inside the space, (width, height) each; small layers are enlarged."""
    scale = min(there / here for there, here in zip(space, layer_size))
    return max(1, round(layer_size[0] * scale)), max(1, round(layer_size[1] * scale))


def _empty(size: tuple[int, int]) -> Any:
    pixbuf = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, *size)
    pixbuf.fill(0x808080FF)
    return pixbuf


def _show_crosshair(widget: Any) -> None:
    widget.get_window().set_cursor(Gdk.Cursor.new_from_name(widget.get_display(), "crosshair"))


def _draw_frame(shown: Any, box: Box) -> None:
    for inset, colour in enumerate(_FRAME):
        inner = box.grown(-inset)
        if inner.is_empty():
            return
        for edge in (
            Box(inner.x0, inner.y0, inner.x1, inner.y0 + 1),
            Box(inner.x0, inner.y1 - 1, inner.x1, inner.y1),
            Box(inner.x0, inner.y0, inner.x0 + 1, inner.y1),
            Box(inner.x1 - 1, inner.y0, inner.x1, inner.y1),
        ):
            shown.new_subpixbuf(edge.x0, edge.y0, *edge.size).fill(colour)


def pixbuf_of(plane: Plane) -> Any:
    """The picture as a GdkPixbuf; grey becomes RGB."""
    if plane.channels < 3:
        alpha = plane.channels == 2
        pixels = bytearray(plane.width * plane.height * (3 + alpha))
        for channel in range(3 + alpha):
            pixels[channel :: 3 + alpha] = plane.data[channel // 3 :: plane.channels]
        plane = Plane(*plane.size, 3 + alpha, bytes(pixels))
    data, alpha = GLib.Bytes.new(plane.data), plane.channels == 4
    return GdkPixbuf.Pixbuf.new_from_bytes(
        data, GdkPixbuf.Colorspace.RGB, alpha, 8, *plane.size, plane.width * plane.channels
    )
