"""Pixels on their way between programs, and the limits of their size."""

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
    shared = Box(max(box.x0, frame.x0), max(box.y0, frame.y0), min(box.x1, frame.x1), min(box.y1, frame.y1))
    if not shared.is_empty():
        for y in range(shared.y0, shared.y1):
            source = (y - box.y0) * box.width + shared.x0 - box.x0
            target = (y - frame.y0) * frame.width + shared.x0 - frame.x0
            data[target : target + shared.width] = plane.data[source : source + shared.width]
    return Plane(*frame.size, 1, bytes(data))
