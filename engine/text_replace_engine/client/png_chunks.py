"""The chunks of a PNG file (https://www.w3.org/TR/png-3/#5DataRep)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = struct.Struct(">I4s")
_CRC = struct.Struct(">I")


@dataclass(frozen=True)
class Chunk:
    """kind: its four letters. whole: its checksum is right and the file does not end in it."""

    kind: bytes
    data: bytes
    whole: bool = True

    @property
    def is_critical(self) -> bool:
        """Whether the pixels cannot be understood without it."""
        return self.kind[:1].isupper()


def read_chunks(file: bytes) -> list[Chunk]:
    """Every chunk up to IEND, or to where the file ends or is no PNG any more."""
    chunks = []
    place = len(SIGNATURE)
    while place + _HEAD.size <= len(file):
        length, kind = _HEAD.unpack_from(file, place)
        if not kind.isalpha():
            break
        start = place + _HEAD.size
        data = file[start : start + length]
        stored = file[start + length : start + length + _CRC.size]
        chunks.append(Chunk(kind, data, stored == _CRC.pack(zlib.crc32(data, zlib.crc32(kind)))))
        if kind == b"IEND":
            break
        place = start + length + _CRC.size
    return chunks


def png_file(chunks: Iterable[Chunk]) -> bytes:
    """The file of `chunks`, with right checksums."""
    parts = [SIGNATURE]
    for chunk in chunks:
        crc = zlib.crc32(chunk.data, zlib.crc32(chunk.kind))
        parts += [_HEAD.pack(len(chunk.data), chunk.kind), chunk.data, _CRC.pack(crc)]
    return b"".join(parts)


def inflated(data: bytes, most: int) -> bytes | None:
    """What a zlib stream holds; None where it is damaged, does not end or holds more than `most` bytes."""
    decoder = zlib.decompressobj()
    try:
        held = decoder.decompress(data, most + 1)
    except zlib.error:
        return None
    return held if decoder.eof and len(held) <= most else None
