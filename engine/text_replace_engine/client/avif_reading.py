"""AVIF, with 8 bits a channel. The container says how the picture is turned, whatever EXIF says."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image

from text_replace_engine.client.metadata import Collector
from text_replace_engine.client.raster import Raster
from text_replace_engine.client.source_file import SourceFile
from text_replace_wire.errors import BadImage

_AVIF = {b"avif", b"avis"}
#: An entry in the list of items, up to its kind.
_EXIF_ITEM = re.compile(rb"(infe(?:\x02.{7}|\x03.{9}))Exif", re.DOTALL)


def is_avif(file: bytes) -> bool:
    """Whether it begins like one."""
    length = min(int.from_bytes(file[:4], "big"), 256)
    return file[4:8] == b"ftyp" and any(file[place : place + 4] in _AVIF for place in (8, *range(16, length, 4)))


def read_avif(source: SourceFile, page: int | None) -> Raster:
    """The picture, or of several picture `page`. Raises BadImage and TooLarge."""
    try:
        return _read(source, source.data, page)
    # An EXIF block that cannot be read must not matter: its entry in the list of items is made one of no kind.
    except BadImage:
        return _read(source, _EXIF_ITEM.sub(rb"\1free", source.data), page)


def _read(source: SourceFile, data: bytes, page: int | None) -> Raster:
    collector = Collector()
    with source.decoding(), Image.open(io.BytesIO(data), formats=("AVIF",)) as image:
        source.check_size(image.width, image.height)
        frames = getattr(image, "n_frames", 1)
        image.seek(source.page_index(page, frames))
        samples = np.asarray(image.convert(image.mode if image.mode in ("RGB", "RGBA") else "RGB"))
        info = dict(image.info)
    for name, add in (("icc_profile", collector.add_profile), ("exif", collector.add_exif), ("xmp", collector.add_xmp)):
        if info.get(name):
            add(info[name])
    # The decoder leaves the turning to whoever reads EXIF, and corrects that by what the container says.
    return Raster(samples, collector.metadata(grey=False), source.page_note(page, frames))
