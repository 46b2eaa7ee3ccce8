"""AVIF and HEIC: their decoders turn the picture as its container says, and give 8 bits a channel."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from text_replace_engine.client.metadata import Collector, Metadata
from text_replace_engine.client.raster import Raster
from text_replace_engine.client.source_file import SourceFile

_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def is_heif(file: bytes) -> bool:
    """Whether it begins like an AVIF or a HEIC."""
    return file[4:8] == b"ftyp" and bool(_brands(file) & (_AVIF | _HEIC))


def read_heif(source: SourceFile, page: int | None) -> Raster:
    """The picture, or of several picture `page`. Raises BadImage and TooLarge."""
    try:
        return _read(source, source.data, page)
    # An EXIF block that cannot be read must not matter: its entry in the list of items is made one of no kind.
    except Exception:
        return _read(source, source.data.replace(b"Exif\0", b"free\0"), page)


def _read(source: SourceFile, data: bytes, page: int | None) -> Raster:
    collector = Collector()
    with source.decoding(), _opened(data) as image:
        source.check_size(image.width, image.height)
        frames = getattr(image, "n_frames", 1)
        image.seek(source.page_index(page, frames))
        samples = np.asarray(image.convert(image.mode if image.mode in ("RGB", "RGBA") else "RGB"))
        info = dict(image.info)
    for name, add in (("icc_profile", collector.add_profile), ("exif", collector.add_exif), ("xmp", collector.add_xmp)):
        if info.get(name):
            add(info[name])
    return Raster(samples, _upright(collector.metadata(grey=False)), source.page_note(page, frames))


def _opened(data: bytes) -> Image.Image:
    if _brands(data) & _AVIF:
        return Image.open(io.BytesIO(data), formats=("AVIF",))
    import pi_heif

    pi_heif.register_heif_opener()
    return Image.open(io.BytesIO(data), formats=("HEIF",))


def _brands(file: bytes) -> set[bytes]:
    length = min(int.from_bytes(file[:4], "big"), 256)
    return {file[place : place + 4] for place in (8, *range(16, length, 4))}


def _upright(metadata: Metadata) -> Metadata:
    """An orientation repeats what the container said, and was obeyed already."""
    return metadata if metadata.orientation == 1 else Metadata(**{**vars(metadata), "orientation": 1})
