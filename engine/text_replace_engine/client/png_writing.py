"""Pictures as PNG, with what it can keep of their metadata."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from imagecodecs import png_encode
from PIL import Image

from text_replace_engine.client.colours import Samples
from text_replace_engine.client.exif import exif_block
from text_replace_engine.client.metadata import Metadata
from text_replace_engine.client.png_chunks import Chunk, png_file, read_chunks
from text_replace_engine.client.png_metadata import XMP_KEYWORD

#: The order in which they lead to the pixels: the most exact first.
_COLOUR = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI")
_PIXELS = {b"IHDR", b"IDAT", b"IEND"}


def encode_png(samples: Samples, metadata: Metadata) -> bytes:
    """`samples` (h, w, c) of 8 or 16 bits."""
    plain = np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)
    if plain.dtype == np.uint16:
        file = bytes(png_encode(plain))
    else:
        packed = io.BytesIO()
        Image.fromarray(plain).save(packed, "PNG")
        file = packed.getvalue()
    header, *pixels = (chunk for chunk in read_chunks(file) if chunk.kind in _PIXELS)
    return png_file([header, *_chunks(metadata), *pixels])


def _chunks(metadata: Metadata) -> list[Chunk]:
    colour = dict(metadata.colour)
    if metadata.profile is not None:
        colour[b"iCCP"] = b"ICC profile\0\0" + zlib.compress(metadata.profile)
    chunks = [Chunk(kind, colour[kind]) for kind in _COLOUR if kind in colour]
    if metadata.density is not None:
        density = metadata.density
        chunks.append(Chunk(b"pHYs", struct.pack(">IIB", density.x, density.y, density.absolute)))
    if metadata.exif:
        chunks.append(Chunk(b"eXIf", exif_block(metadata.exif)))
    if metadata.xmp is not None:
        chunks.append(Chunk(b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp))
    return [*chunks, *metadata.texts]
