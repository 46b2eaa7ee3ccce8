"""Pixels of GIMP 3's drawables: reading and writing that converts no colour, whatever precision and profile they have.

8-bit pixels are in the drawable's own colour space. Plain babl formats would convert to sRGB, and are wrong on 16-bit
images with another profile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Optional

import gi

from text_replace_wire.geometry import Box

gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl  # noqa: E402

#: Rows read at once where all of a drawable is read: two rows of GIMP's tiles, so that each tile travels once.
STRIP = 128

#: Bytes of tiles that GEGL keeps in the plug-in. GIMP sets its own, which may be half of the machine's memory.
TILE_CACHE = 128 << 20


class Rendered:
    """What a drawable's pixels are now, to be read like a drawable: in this process, beyond the tile cache on disk."""

    def __init__(self, drawable: Any) -> None:
        self._buffer = drawable.get_buffer().dup()
        self._format = drawable.get_format()
        self._size = drawable.get_width(), drawable.get_height()
        self._is_gray, self._has_alpha = drawable.is_gray(), drawable.has_alpha()

    def get_buffer(self) -> Any:
        return self._buffer

    def get_format(self) -> Any:
        return self._format

    def get_width(self) -> int:
        return int(self._size[0])

    def get_height(self) -> int:
        return int(self._size[1])

    def is_gray(self) -> bool:
        return bool(self._is_gray)

    def has_alpha(self) -> bool:
        return bool(self._has_alpha)


def start() -> None:
    """Before anything else here is used."""
    Gegl.init(None)
    Gegl.config().set_property("tile-cache-size", TILE_CACHE)


def colour_layout(layer: Any) -> str:
    """8 bits as on the wire: gamma-encoded also where the layer is linear, with alpha where the layer has it."""
    model = ("Y'" if layer.is_gray() else "R'G'B'") + ("A" if layer.has_alpha() else "")
    return _with_own_space(layer, f"{model} u8")


def value_layout(channel: Any) -> str:
    """8 bits of a channel, a selection or a mask, whose numbers are the same in every precision."""
    return _with_own_space(channel, Babl.format_get_encoding(channel.get_format()).split()[0] + " u8")


def _with_own_space(drawable: Any, layout: str) -> str:
    return str(Babl.get_name(Babl.format_with_space(layout, drawable.get_format())))


def get(
    drawable: Any,
    box: Box,
    layout: str,
    size: Optional[tuple[int, int]] = None,
    abyss: Any = Gegl.AbyssPolicy.NONE,
) -> bytes:
    """The pixels inside `box` (the drawable's pixels), resampled by GEGL to `size` where one is given."""
    width, height = size or box.size
    scale = 1.0 if size is None or size == box.size else max(width / box.width, height / box.height)
    # GEGL wants the rectangle in scaled coordinates.
    rectangle = Gegl.Rectangle.new(round(box.x0 * scale), round(box.y0 * scale), width, height)
    return bytes(drawable.get_buffer().get(rectangle, scale, layout, abyss))


def put(drawable: Any, box: Box, layout: str, data: bytes) -> None:
    """Write `data` into `box`."""
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(box.x0, box.y0, *box.size), layout, data)
    buffer.flush()
    drawable.update(box.x0, box.y0, *box.size)


def copy(source: Any, target: Any, x: int = 0, y: int = 0) -> None:
    """All pixels of `target` from `source`, in which the target's corner lies at (x, y)."""
    everything = Gegl.Rectangle.new(0, 0, target.get_width(), target.get_height())
    there = Gegl.Rectangle.new(x, y, everything.width, everything.height)
    buffer = target.get_buffer()
    source.get_buffer().copy(there, Gegl.AbyssPolicy.NONE, buffer, everything)
    buffer.flush()
    target.update(0, 0, everything.width, everything.height)


def digest(drawable: Any) -> bytes:
    """A digest of all pixels at the drawable's own depth."""
    summed = hashlib.sha256()
    for strip in _strips(drawable):
        summed.update(strip)
    return summed.digest()


def is_blank(drawable: Any) -> bool:
    """Whether all pixels are 0."""
    return all(strip.count(0) == len(strip) for strip in _strips(drawable))


def _strips(drawable: Any) -> Iterator[bytes]:
    width, height = drawable.get_width(), drawable.get_height()
    buffer, layout = drawable.get_buffer(), Babl.get_name(drawable.get_format())
    for y in range(0, height, STRIP):
        rectangle = Gegl.Rectangle.new(0, y, width, min(STRIP, height - y))
        yield bytes(buffer.get(rectangle, 1.0, layout, Gegl.AbyssPolicy.NONE))
