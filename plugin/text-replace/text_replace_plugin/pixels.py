"""Colour and alpha on bytes: GIMP's own Pythons have no numpy, so all of it is slices."""

from __future__ import annotations

from text_replace_wire.planes import Plane


def alpha_of(image: Plane) -> bytes | None:
    """The alpha of a plane of 2 or 4 channels, one byte a pixel; None for an opaque kind (1 or 3 channels)."""
    return image.data[image.channels - 1 :: image.channels] if image.channels in (2, 4) else None


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
