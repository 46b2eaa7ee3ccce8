"""Pixel work on bytes: GIMP's own Pythons have no numpy, so everything here is slices, tables and row-wise short cuts."""

from __future__ import annotations

from text_replace_wire.messages import Plane


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
            rows.append(bytes([(2 * x * y + 255) // 510 for x, y in zip(a, b)]))
    return b"".join(rows)


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
