"""WebP (https://developers.google.com/speed/webp/docs/riff_container): the pixels' chunks, and the others."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image

from text_replace_engine.client.metadata import Collector
from text_replace_engine.client.raster import Raster
from text_replace_engine.client.source_file import SourceFile

_HEAD = struct.Struct("<4sI")
_PIXELS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
_METADATA_FLAGS = 0x20 | 0x08 | 0x04


def is_webp(file: bytes) -> bool:
    """Whether it begins like one."""
    return file[:4] == b"RIFF" and file[8:12] == b"WEBP"


def read_webp(source: SourceFile, page: int | None) -> Raster:
    """The picture, or of an animation frame `page`. Raises BadImage and TooLarge."""
    coding, collector = _taken_apart(source.data)
    with source.decoding(), Image.open(io.BytesIO(coding), formats=("WEBP",)) as image:
        source.check_size(image.width, image.height)
        frames = getattr(image, "n_frames", 1)
        image.seek(source.page_index(page, frames))
        samples = np.asarray(image.convert(image.mode if image.mode in ("RGB", "RGBA") else "RGB"))
    return Raster(samples, collector.metadata(grey=False), source.page_note(page, frames))


def _taken_apart(file: bytes) -> tuple[bytes, Collector]:
    collector = Collector()
    parts = []
    place = 12
    while place + _HEAD.size <= len(file):
        kind, length = _HEAD.unpack_from(file, place)
        data = file[place + _HEAD.size : place + _HEAD.size + length]
        place += _HEAD.size + length + length % 2
        if kind == b"VP8X" and data:
            data = bytes((data[0] & ~_METADATA_FLAGS,)) + data[1:]
        if kind in _PIXELS:
            parts.append(_HEAD.pack(kind, len(data)) + data + b"\0" * (len(data) % 2))
        elif len(data) < length:
            collector.lose(f"{kind.decode('latin-1').strip()} (damaged)")
        elif kind == b"ICCP":
            collector.add_profile(data)
        elif kind == b"EXIF":
            collector.add_exif(data)
        elif kind == b"XMP ":
            collector.add_xmp(data)
        else:
            collector.lose(kind.decode("latin-1").strip())
    body = b"WEBP" + b"".join(parts)
    return _HEAD.pack(b"RIFF", len(body)) + body, collector
