"""Any picture file that can be read, upright and checked against the limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from text_replace_engine.client.avif_reading import is_avif, read_avif
from text_replace_engine.client.colours import Samples
from text_replace_engine.client.jpeg_reading import is_jpeg, read_jpeg
from text_replace_engine.client.png_reading import is_png, read_png
from text_replace_engine.client.raster import Raster
from text_replace_engine.client.source_file import OpenFile, SourceFile, read_source
from text_replace_engine.client.webp_reading import is_webp, read_webp

_Reader = tuple[Callable[[bytes], bool], Callable[[SourceFile, int | None], Raster]]
_READERS: tuple[_Reader, ...] = (
    (is_png, read_png),
    (is_jpeg, read_jpeg),
    (is_webp, read_webp),
    (is_avif, read_avif),
)
_JXL = (b"\xff\x0a", b"\0\0\0\x0cJXL ")


def read_raster(path: Path, page: int | None = None, open_file: OpenFile = read_source) -> Raster:
    """The picture in the file, upright; `page` counts from 1. Raises BadImage, and TooLarge from the header alone."""
    return upright(_read(open_file(path), page))


def upright(raster: Raster) -> Raster:
    """Turned and mirrored as its orientation says."""
    samples = _turned(raster.samples, raster.metadata.orientation)
    return Raster(samples, raster.metadata.upright(), raster.notes, raster.missing)


def _read(source: SourceFile, page: int | None) -> Raster:
    for fits, read in _READERS:
        if fits(source.data):
            return read(source, page)
    # tifffile takes as long to import as all other readers.
    from text_replace_engine.client.tiff_reading import is_tiff, read_tiff

    if is_tiff(source.data):
        return read_tiff(source, page)
    if source.data.startswith(_JXL):
        raise source.refused("is a JPEG XL picture, which is not read: save it as PNG first")
    if source.data[4:8] == b"ftyp":
        raise source.refused("is a HEIC picture or a film, which are not read: save it as PNG first")
    raise source.refused("is not a PNG, JPEG, WebP, TIFF or AVIF picture, or it is damaged")


def _turned(samples: Samples, orientation: int) -> Samples:
    """What the EXIF standard's values 1 to 8 mean."""
    if orientation > 4:
        samples = samples.swapaxes(0, 1)
    across = orientation in (2, 3, 6, 7)
    down = orientation in (3, 4, 7, 8)
    turned: Samples = np.ascontiguousarray(samples[:: -1 if down else 1, :: -1 if across else 1])
    return turned
