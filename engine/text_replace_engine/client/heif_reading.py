"""AVIF and HEIC, with 8 bits a channel. The container says how the picture is turned, whatever EXIF says."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
from PIL import Image

from text_replace_engine.client.metadata import Collector
from text_replace_engine.client.raster import Raster
from text_replace_engine.client.source_file import SourceFile

_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
#: An entry in the list of items, up to its kind.
_EXIF_ITEM = re.compile(rb"(infe(?:\x02.{7}|\x03.{9}))Exif", re.DOTALL)


def is_heif(file: bytes) -> bool:
    """Whether it begins like an AVIF or a HEIC."""
    return file[4:8] == b"ftyp" and bool(_brands(file) & (_AVIF | _HEIC))


def read_heif(source: SourceFile, page: int | None) -> Raster:
    """The picture, or of several picture `page`. Raises BadImage and TooLarge."""
    try:
        return _read(source, source.data, page)
    # An EXIF block that cannot be read must not matter: its entry in the list of items is made one of no kind.
    except Exception:
        return _read(source, _EXIF_ITEM.sub(rb"\1free", source.data), page)


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
    metadata = collector.metadata(grey=False)
    if not _brands(data) & _AVIF:
        # The decoder of HEIC has turned it already; that of AVIF leaves it to whoever reads EXIF, and corrects that.
        metadata = replace(metadata, orientation=1)
    return Raster(samples, metadata, source.page_note(page, frames))


def _opened(data: bytes) -> Image.Image:
    if _brands(data) & _AVIF:
        return Image.open(io.BytesIO(data), formats=("AVIF",))
    import pi_heif

    pi_heif.register_heif_opener()
    return Image.open(io.BytesIO(data), formats=("HEIF",))


def _brands(file: bytes) -> set[bytes]:
    length = min(int.from_bytes(file[:4], "big"), 256)
    return {file[place : place + 4] for place in (8, *range(16, length, 4))}
