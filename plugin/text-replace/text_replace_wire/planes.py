"""Pixels on their way between programs, and the limits of their size. GIMP's own Pythons have no numpy, so all work on
them is slices and long numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from text_replace_wire.errors import BadImage, TooLarge
from text_replace_wire.geometry import Box

MAX_PIXELS = 100_000_000
MAX_SIDE = 32_768


def check_size(size: tuple[int, int]) -> None:
    """Raises BadImage or TooLarge for a (width, height) that no picture may have."""
    width, height = size
    if width < 1 or height < 1:
        raise BadImage(f"A picture of {width}×{height} pixels cannot be read.")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise TooLarge(
            f"The picture has {width}×{height} pixels; the limits are {MAX_PIXELS // 10**6} megapixels "
            f"and {MAX_SIDE} a side: scale it down or crop it first."
        )


@dataclass(frozen=True)
class Plane:
    """8-bit pixels, row by row, interleaved: 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels, values 0..255."""

    width: int
    height: int
    channels: int
    data: bytes

    def __post_init__(self) -> None:
        check_size(self.size)
        if self.channels not in (1, 2, 3, 4):
            raise BadImage(f"A picture of {self.channels} channels cannot be read.")
        if len(self.data) != self.width * self.height * self.channels:
            raise BadImage("The picture's data does not have the announced size.")

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def framed(plane: Plane, box: Box, frame: Box) -> Plane:
    """The part inside `frame` of a one-channel plane that covers `box`; 0 where it covers nothing."""
    data = bytearray(frame.width * frame.height)
    shared = box.shared(frame)
    if not shared.is_empty():
        for y in range(shared.y0, shared.y1):
            source = (y - box.y0) * box.width + shared.x0 - box.x0
            target = (y - frame.y0) * frame.width + shared.x0 - frame.x0
            data[target : target + shared.width] = plane.data[source : source + shared.width]
    return Plane(*frame.size, 1, bytes(data))


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
