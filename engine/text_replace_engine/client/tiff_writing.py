"""Pictures as TIFF, with what it can keep of their metadata."""

from __future__ import annotations

import zlib

import numpy as np

from text_replace_engine.client.colours import Samples
from text_replace_engine.client.exif import (
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
    with_subdirectories,
)
from text_replace_engine.client.metadata import Density, Metadata, inches_of
from text_replace_engine.client.tiff_directories import (
    BYTE,
    Directory,
    Entry,
    Order,
    header,
    longs,
    rational,
    shorts,
    undefined,
)

_STRIP = 1 << 18  # bytes before compression
_DEFLATE, _HORIZONTAL, _STRAIGHT = 8, 2, 2
_GREY, _RGB = 1, 2
_NO_UNIT, _INCH, _CENTIMETRE = 1, 2, 3


def encode_tiff(samples: Samples, metadata: Metadata) -> bytes:
    """`samples` (h, w, c) of 8 or 16 bits. The file has the byte order of the EXIF data in it."""
    height, width, channels = samples.shape
    order = metadata.exif.order
    rows = max(1, _STRIP // (width * channels * samples.itemsize))
    strips = [_packed_strip(samples[top : top + rows], order) for top in range(0, height, rows)]
    # Directories begin at even offsets.
    strips = [strip + b"\0" * (len(strip) % 2) for strip in strips]
    offsets = np.cumsum([8, *map(len, strips)]).tolist()
    tags: Directory = {
        256: longs(order, width),
        257: longs(order, height),
        258: shorts(order, *[samples.itemsize * 8] * channels),
        259: shorts(order, _DEFLATE),
        262: shorts(order, _GREY if channels < 3 else _RGB),
        273: longs(order, *offsets[:-1]),
        277: shorts(order, channels),
        278: longs(order, rows),
        279: longs(order, *map(len, strips)),
        284: shorts(order, 1),
        317: shorts(order, _HORIZONTAL),
    }
    if channels in (2, 4):
        tags[338] = shorts(order, _STRAIGHT)
    if metadata.density is not None:
        tags |= _density(metadata.density, order)
    if metadata.xmp is not None:
        tags[700] = Entry(BYTE, len(metadata.xmp), metadata.xmp)
    if metadata.profile is not None:
        tags[34675] = undefined(metadata.profile)
    return b"".join([header(order, offsets[-1]), *strips, with_subdirectories(metadata.exif, tags, offsets[-1])])


def _packed_strip(rows: Samples, order: Order) -> bytes:
    """Differences to the left neighbour, wrapped, compressed."""
    differences = rows.copy()
    differences[:, 1:] -= rows[:, :-1]
    return zlib.compress(differences.astype(differences.dtype.newbyteorder(order)).tobytes())


def _density(density: Density, order: Order) -> Directory:
    inches = inches_of(density.x), inches_of(density.y)
    if not density.absolute:
        unit, values = _NO_UNIT, ((density.x, 1), (density.y, 1))
    elif inches[0] and inches[1]:
        unit, values = _INCH, ((inches[0], 1), (inches[1], 1))
    else:
        unit, values = _CENTIMETRE, ((density.x, 100), (density.y, 100))
    return {
        X_RESOLUTION: rational(order, *values[0]),
        Y_RESOLUTION: rational(order, *values[1]),
        RESOLUTION_UNIT: shorts(order, unit),
    }
