"""Pixel work on bytes: GIMP's own Pythons have no numpy, so all of it is slices and long numbers."""

from __future__ import annotations

from text_replace_wire.planes import Plane


def alpha_of(image: Plane) -> bytes | None:
    """The alpha of a plane of 2 or 4 channels, one byte a pixel; None for an opaque kind (1 or 3 channels)."""
    return image.data[image.channels - 1 :: image.channels] if image.channels in (2, 4) else None


def multiplied(first: bytes, second: bytes, width: int) -> bytes:
    """round(first × second / 255), pixel by pixel, for two planes of `width` pixels a row, values 0..255.

    Rows that are all 0 or all 255 cost one comparison, so an opaque or empty plane is nearly free.
    """
    full, empty = b"\xff" * width, bytes(width)
    rows = []
    for start in range(0, len(first), width):
        a, b = first[start : start + width], second[start : start + width]
        if a == full or b == empty:
            rows.append(b)
        elif b == full or a == empty:
            rows.append(a)
        else:
            rows.append(_row_multiplied(a, b))
    return b"".join(rows)


def _row_multiplied(first: bytes, second: bytes) -> bytes:
    """Schoolbook multiplication of all pixels at once, in one long number with 16 bits for each pixel.

    No lane overflows: 255 × 255 + 128 < 2**16. The division by 255 is Blinn's, exact up to 255 × 255
    (J. Blinn, "Three Wrongs Make a Right", IEEE CG&A 15(6), 1995).
    """
    ones = int.from_bytes(b"\x01\x00" * len(first), "little")
    a, b = _lanes(first), _lanes(second)
    total = ones * 128
    for bit in range(8):
        chosen = (a >> bit) & ones
        total += ((chosen << 8) - chosen & b) << bit
    total += (total >> 8) & (ones * 255)
    return ((total >> 8) & (ones * 255)).to_bytes(2 * len(first), "little")[::2]


def _lanes(values: bytes) -> int:
    spread = bytearray(2 * len(values))
    spread[::2] = values
    return int.from_bytes(spread, "little")


def with_alpha(colour: Plane, alpha: bytes) -> Plane:
    """`colour` (1 or 3 channels) and `alpha` (one byte a pixel) interleaved."""
    channels = colour.channels + 1
    data = bytearray(colour.width * colour.height * channels)
    for channel in range(colour.channels):
        data[channel::channels] = colour.data[channel :: colour.channels]
    data[colour.channels :: channels] = alpha
    return Plane(colour.width, colour.height, channels, bytes(data))


def cut(plane: Plane, x0: int, y0: int, width: int, height: int) -> bytes:
    """The rectangle of a one-channel plane, row by row. It must lie inside."""
    if (x0, width) == (0, plane.width):
        return plane.data[y0 * width : (y0 + height) * width]
    starts = range(y0 * plane.width + x0, (y0 + height) * plane.width, plane.width)
    return b"".join(plane.data[start : start + width] for start in starts)
