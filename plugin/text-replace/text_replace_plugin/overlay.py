"""Masks at the size of a small picture: united, grown, and as colours to lay over it.

A mask is one channel of 0 and 255. Rows of bytes are worked on as one long number: the quickest way in plain Python.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from enum import Enum

from text_replace_wire.planes import Plane


class Tint(Enum):
    """Red, green, blue."""

    #: What is going to be replaced.
    PICKED = (255, 40, 140)
    #: A candidate that is only pointed at.
    POINTED = (40, 150, 255)


_OPAQUE, _INSIDE, _FADING = 255, 110, 50


def shrunk(mask: Plane, size: tuple[int, int]) -> Plane:
    """The mask at `size` (width, height), nearest neighbour; every value above 127 counts as inside."""
    width, height = size
    columns = [(2 * x + 1) * mask.width // (2 * width) for x in range(width)]
    pick = operator.itemgetter(*columns) if width > 1 else None
    table = bytes(255 if value > 127 else 0 for value in range(256))
    rows = []
    for y in range(height):
        start = (2 * y + 1) * mask.height // (2 * height) * mask.width
        row = mask.data[start : start + mask.width]
        rows.append(bytes(pick(row)) if pick else row[columns[0] : columns[0] + 1])
    return Plane(width, height, 1, b"".join(rows).translate(table))


def combined(size: tuple[int, int], picked: Sequence[Plane], without: Sequence[Plane]) -> Plane:
    """The union of `picked` less the union of `without`; all of `size`."""
    union, less = (_united(masks) for masks in (picked, without))
    return _plane(size, union & ~less)


def grown(mask: Plane, radius: float) -> Plane:
    """What lies within `radius` pixels of the mask."""
    reach = math.floor(radius)
    if reach < 1:
        return mask
    stride = mask.width + reach
    # The margin keeps what leaves one row from entering the next.
    padded = b"".join(mask.data[y * mask.width : (y + 1) * mask.width] + bytes(reach) for y in range(mask.height))
    number = int.from_bytes(padded, "little")
    result, half_widths = 0, {dy: math.isqrt(int(radius * radius) - dy * dy) for dy in range(reach + 1)}
    for dy, half_width in half_widths.items():
        row = _widened(number, half_width)
        result |= (row << (8 * stride * dy)) | (row >> (8 * stride * dy))
    data = (result & ((1 << (8 * stride * mask.height)) - 1)).to_bytes(stride * mask.height, "little")
    rows = (data[y * stride : y * stride + mask.width] for y in range(mask.height))
    return Plane(mask.width, mask.height, 1, b"".join(rows))


def _widened(number: int, half_width: int) -> int:
    """Every row grown by `half_width` pixels to both sides, in steps that double."""
    step = 1
    while half_width > 0:
        step = min(step, half_width)
        number |= (number << (8 * step)) | (number >> (8 * step))
        half_width -= step
        step *= 2
    return number


def tint(mask: Plane, fading: Plane, colour: Tint) -> bytes:
    """RGBA to lay over the picture: the mask in colour, weaker where it fades, with a line around it."""
    inside, fade = (int.from_bytes(plane.data, "little") for plane in (mask, fading))
    line = int.from_bytes(grown(mask, 1.5).data, "little") & ~inside
    size = len(mask.data)
    ones = int.from_bytes(b"\x01" * size, "little")
    kinds = ((inside & ones) | ((line & ones) << 1) | ((fade & ones) << 2)).to_bytes(size, "little")
    alpha = bytes(_OPAQUE if kind & 2 else _INSIDE if kind & 1 else _FADING if kind & 4 else 0 for kind in range(256))
    pixels = bytearray(bytes((*colour.value, 0)) * size)
    pixels[3::4] = kinds.translate(alpha)
    return bytes(pixels)


def _united(masks: Sequence[Plane]) -> int:
    number = 0
    for mask in masks:
        number |= int.from_bytes(mask.data, "little")
    return number


def _plane(size: tuple[int, int], number: int) -> Plane:
    return Plane(*size, 1, number.to_bytes(size[0] * size[1], "little"))
