"""Directories of tags, as TIFF files and EXIF blocks have them (TIFF 6.0, section 2; BigTIFF)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Order = Literal["<", ">"]
Directory = dict[int, "Entry"]

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}


@dataclass(frozen=True)
class Entry:
    """A tag's value: `count` values of `type`, in the byte order of their directory."""

    type: int
    count: int
    data: bytes


@dataclass(frozen=True)
class Structure:
    """How a file's or a block's directories are stored. first: the offset of the first."""

    order: Order
    big: bool
    first: int

    @property
    def offset(self) -> struct.Struct:
        """Of a place in the file."""
        return struct.Struct(self.order + ("Q" if self.big else "I"))


def structure(data: bytes) -> Structure | None:
    """What the first bytes say; None where they are not TIFF's."""
    order: Order = "<" if data[:2] == b"II" else ">"
    if data[:2] not in (b"II", b"MM") or len(data) < 8:
        return None
    version = struct.unpack_from(order + "H", data, 2)[0]
    if version == 42:
        return Structure(order, False, struct.unpack_from(order + "I", data, 4)[0])
    if version == 43 and len(data) >= 16 and struct.unpack_from(order + "HH", data, 4) == (8, 0):
        return Structure(order, True, struct.unpack_from(order + "Q", data, 8)[0])
    return None


def read_directory(data: bytes, how: Structure, place: int) -> tuple[Directory, int]:
    """The tags of the directory at `place` that can be read, and the place of the next one (0: there is none)."""
    count_format = struct.Struct(how.order + ("Q" if how.big else "H"))
    entry_format = struct.Struct(how.order + ("HHQ8s" if how.big else "HHI4s"))
    entries: Directory = {}
    start = place + count_format.size
    if place <= 0 or start > len(data):
        return {}, 0
    (count,) = count_format.unpack_from(data, place)
    count = min(count, (len(data) - start) // entry_format.size)
    # Values of honest files do not overlap: they are no larger together than the file.
    room = len(data)
    for index in range(count):
        tag, kind, number, inline = entry_format.unpack_from(data, start + index * entry_format.size)
        size = _SIZES.get(kind, 0) * number
        if len(inline) < size <= room:
            (value,) = how.offset.unpack(inline)
            inline = data[value : value + size]
        if 0 < size <= len(inline):
            room -= size
            entries.setdefault(tag, Entry(kind, number, inline[:size]))
    end = start + count * entry_format.size
    following = how.offset.unpack_from(data, end)[0] if end + how.offset.size <= len(data) else 0
    return entries, following


def integers(entry: Entry | None, order: Order) -> tuple[int, ...]:
    """The whole numbers of a tag; () where it is missing or has others."""
    if entry is None or entry.type not in _INTEGERS:
        return ()
    return struct.unpack(f"{order}{entry.count}{_INTEGERS[entry.type]}", entry.data)


def shorts(order: Order, *values: int) -> Entry:
    """The tag of values from 0 to 65,535."""
    return Entry(SHORT, len(values), struct.pack(f"{order}{len(values)}H", *values))


def longs(order: Order, *values: int) -> Entry:
    """The tag of values below 2³²."""
    return Entry(LONG, len(values), struct.pack(f"{order}{len(values)}I", *values))


def rational(order: Order, numerator: int, denominator: int) -> Entry:
    """The tag of a fraction."""
    return Entry(RATIONAL, 1, struct.pack(order + "2I", numerator, denominator))


def undefined(data: bytes) -> Entry:
    """The tag of bytes without a type."""
    return Entry(UNDEFINED, len(data), data)


def packed(entries: Mapping[int, Entry], order: Order, place: int, big: bool = False) -> bytes:
    """A directory (no next one) and its values, to be stored at the even offset `place`."""
    wide = 8 if big else 4
    head = struct.Struct(order + ("HHQ" if big else "HHI"))
    offset = struct.Struct(order + ("Q" if big else "I"))
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    outside = place + len(count) + len(entries) * (head.size + wide) + wide
    rows, values = [count], []
    for tag, entry in sorted(entries.items()):
        inline = entry.data
        if len(inline) > wide:
            inline = offset.pack(outside)
            values.append(entry.data + b"\0" * (len(entry.data) % 2))
            outside += len(values[-1])
        rows.append(head.pack(tag, entry.type, entry.count) + inline.ljust(wide, b"\0"))
    return b"".join([*rows, bytes(wide), *values])


def header(order: Order, first: int) -> bytes:
    """The eight bytes before everything else in a classic TIFF whose first directory is at `first`."""
    return (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, first)
