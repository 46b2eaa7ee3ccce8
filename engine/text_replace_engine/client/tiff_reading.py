"""TIFF: the pixels by the tags that say where and how they lie, the metadata from the others."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tifffile import TiffFile

from text_replace_engine.client.colours import (
    Samples,
    eight_bits,
    from_cmyk,
    from_lab,
    most,
    scaled_up,
    straightened,
)
from text_replace_engine.client.exif import sorted_out
from text_replace_engine.client.metadata import Collector
from text_replace_engine.client.raster import Raster
from text_replace_engine.client.source_file import SourceFile
from text_replace_engine.client.tiff_directories import (
    Directory,
    Structure,
    integers,
    packed,
    read_directory,
    structure,
)

_MOST_PAGES = 10_000
_PROFILE, _XMP, _EXIF, _GPS = 34675, 700, 34665, 34853
_SUBFILE, _REDUCED, _MASK = 254, 1, 4
#: How the pixels lie in the file; none of them is ever passed on.
_LAYOUT = {
    256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291, 292, 293, 301,
    317, 318, 319, 320, 321, 322, 323, 324, 325, 332, 333, 334, 336, 338, 339, 340, 341, 342, 347, 512, 513, 514, 515,
    517, 518, 519, 520, 521, 529, 530, 531, 532,
}  # fmt: skip
#: Those of them without which nothing is decoded.
_NEEDED = _LAYOUT - {263, 264, 265, 280, 281, 288, 289, 290, 291, 301, 318, 319, 321, 333, 336, 339, 340, 341, 342}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB, _ICC_LAB = 0, 1, 2, 3, 5, 6, 8, 9
_BASE = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3, 9: 3}
_ASSOCIATED, _STRAIGHT = 1, 2
#: Whatever else a file says, its values are unsigned.
_SIGNED, _FLOAT, _COMPLEX_SIGNED, _COMPLEX = 2, 3, 5, 6
_FAX3, _FAX4, _OLD_JPEG, _JPEG = 3, 4, 6, 7
#: LZW, Deflate (two numbers), LZMA, Zstandard.
_PREDICTABLE = {5, 8, 32946, 34925, 50000}
_WHOLE_NUMBERS = {1, 3, 4, 13, 16, 18}
#: JPEG's tables are bytes; coefficients and the reference of YCbCr are fractions.
_OTHER_TYPES = {347, 529, 532}
#: It logs what users cannot mend, and what matters ends in a sentence of ours.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class _Layout:
    """Of one page, from its tags."""

    width: int
    height: int
    bits: int
    compression: int
    photometric: int
    channels: int
    extra: tuple[int, ...]
    colour_map: tuple[int, ...]


#: Tags that mean something for some pixels only.
_ONLY_FOR: Mapping[int, Callable[[_Layout], bool]] = {
    292: lambda layout: layout.compression == _FAX3,
    293: lambda layout: layout.compression == _FAX4,
    317: lambda layout: layout.compression in _PREDICTABLE,
    320: lambda layout: layout.photometric == _PALETTE,
    347: lambda layout: layout.compression == _JPEG,
    **dict.fromkeys((529, 530, 531, 532), lambda layout: layout.photometric == _YCBCR),
    **dict.fromkeys(range(512, 522), lambda layout: layout.compression == _OLD_JPEG),
}


def is_tiff(file: bytes) -> bool:
    """Whether it begins like one."""
    return structure(file) is not None


def read_tiff(source: SourceFile, page: int | None) -> Raster:
    """The first picture, or `page`. Raises BadImage and TooLarge."""
    how = structure(source.data)
    assert how is not None
    pages = _pages(source.data, how)
    if not pages:
        raise source.damaged("its list of tags cannot be read")
    tags = pages[source.page_index(page, len(pages))]
    layout = _layout(source, how, tags)
    stored = _decoded(source, how, tags, layout)
    collector = _collected(source.data, how, tags)
    samples, notes = _as_grey_or_rgb(source, stored, layout, collector.profile)
    converted = layout.photometric in (_CMYK, _LAB, _ICC_LAB)
    metadata = collector.metadata(samples.shape[2] < 3, converted)
    return Raster(samples, metadata, (*source.page_note(page, len(pages)), *notes))


def _pages(data: bytes, how: Structure) -> list[Directory]:
    """Without smaller copies and masks of other pages."""
    pages: list[Directory] = []
    seen: set[int] = set()
    place = how.first
    while place and place not in seen and len(seen) < _MOST_PAGES:
        seen.add(place)
        tags, following = read_directory(data, how, place)
        kind = (integers(tags.get(_SUBFILE), how.order) or (0,))[0]
        if tags and (not pages or not kind & (_REDUCED | _MASK)):
            pages.append(tags)
        place = following
    return pages


def _layout(source: SourceFile, how: Structure, tags: Directory) -> _Layout:
    def values(tag: int, default: tuple[int, ...]) -> tuple[int, ...]:
        return integers(tags.get(tag), how.order) or default

    width, height = values(256, (0,))[0], values(257, (0,))[0]
    source.check_size(width, height)
    bits, formats = set(values(258, (1,))), set(values(339, (1,)))
    photometric, channels = values(262, (-1,))[0], values(277, (1,))[0]
    if photometric not in _BASE or values(332, (1,))[0] != 1 or channels < _BASE[photometric]:
        raise source.refused("is a TIFF of other colours than grey, RGB, a palette, CMYK or Lab: convert it first")
    formats &= {_SIGNED, _FLOAT, _COMPLEX_SIGNED, _COMPLEX}
    if formats & {_FLOAT, _COMPLEX}:
        raise source.refused("has floating-point values: reduce it to 16 bits first")
    if len(bits) > 1 or not bits <= {1, 2, 4, 8, 16} or formats:
        sort = "signed" if formats else f"{max(bits)}-bit"
        raise source.refused(f"has {sort} values, which are not read: convert it to 8 or 16 bits first")
    (depth,) = bits
    if depth == 16 and photometric in (_PALETTE, _YCBCR):
        raise source.refused("has 16-bit values of a kind that is not read: convert it to RGB first")
    extra = channels - _BASE[photometric]
    # A channel too many that nothing is said of is alpha, as other programs take it.
    kinds = values(338, (_STRAIGHT,) * extra)[-extra:] if extra else ()
    return _Layout(width, height, depth, values(259, (1,))[0], photometric, channels, kinds, values(320, ()))


def _decoded(source: SourceFile, how: Structure, tags: Directory, layout: _Layout) -> Samples:
    """What the file holds (h, w, channels); YCbCr as RGB."""
    _check_place(source, how, tags)
    clean = _only(source.data, how, _needed(tags, layout))
    with source.decoding():
        if layout.photometric == _YCBCR and layout.compression != _JPEG:
            with Image.open(io.BytesIO(clean), formats=("TIFF",)) as image:
                return np.asarray(image.convert("RGB"))
        with TiffFile(io.BytesIO(clean)) as file:
            page: Any = file.pages[0]
            stored = page.asarray()
            planes = page.planarconfig == 2 and layout.channels > 1
        if planes:
            stored = np.moveaxis(stored.reshape(layout.channels, layout.height, layout.width), 0, 2)
        shaped = stored.reshape(layout.height, layout.width, layout.channels)
        kind = np.uint16 if layout.bits == 16 else np.uint8
        return np.ascontiguousarray(shaped.astype(kind))


def _needed(tags: Directory, layout: _Layout) -> Directory:
    """The tags that decide how these pixels are decoded; a decoder may stumble over others, or over other types."""
    unused = {tag for tag, use in _ONLY_FOR.items() if not use(layout)}
    return {
        tag: entry
        for tag, entry in tags.items()
        if tag in _NEEDED - unused and (entry.type in _WHOLE_NUMBERS or tag in _OTHER_TYPES)
    }


def _check_place(source: SourceFile, how: Structure, tags: Directory) -> None:
    """Raises BadImage where strips or tiles are missing: a decoder would leave them black and say nothing."""
    for offsets, counts in ((273, 279), (324, 325)):
        places, sizes = integers(tags.get(offsets), how.order), integers(tags.get(counts), how.order)
        if len(sizes) not in (0, len(places)):
            raise source.damaged("its list of pixel data is incomplete")
        for place, size in zip(places, sizes, strict=False):
            if not size or place + size > len(source.data):
                raise source.damaged("its pixels end early")


def _only(data: bytes, how: Structure, tags: Directory) -> bytes:
    """The same file with one directory, of `tags`, after everything that it holds."""
    place = len(data) + len(data) % 2
    start = data[:8] if how.big else data[:4]
    rest = data[len(start) + how.offset.size :]
    return b"".join(
        [start, how.offset.pack(place), rest, b"\0" * (len(data) % 2), packed(tags, how.order, place, how.big)]
    )


def _as_grey_or_rgb(
    source: SourceFile, stored: Samples, layout: _Layout, profile: bytes | None
) -> tuple[Samples, tuple[str, ...]]:
    """Grey or RGB with straight alpha, and what to say of the way there."""
    base = 3 if layout.photometric == _YCBCR else _BASE[layout.photometric]
    colour, notes = stored[:, :, :base], []
    if layout.bits < 8 and layout.photometric != _PALETTE:
        colour = scaled_up(eight_bits(colour), layout.bits)
    alpha, associated = _alpha(stored, base, layout)
    if associated and alpha is not None:
        colour = straightened(np.concatenate([colour, alpha], 2))[:, :, :-1]
        notes.append("The picture's colours were multiplied with its alpha; the result has them divided by it.")
    if layout.photometric == _WHITE_IS_ZERO:
        colour = colour.dtype.type(most(colour)) - colour
    elif layout.photometric == _PALETTE:
        colour = _looked_up(source, colour, layout)
        notes.append("The picture's palette became RGB.")
    elif layout.photometric == _CMYK:
        colour, said = from_cmyk(eight_bits(colour), profile)
        notes += [*said, "The picture's CMYK colours became sRGB."]
    elif layout.photometric in (_LAB, _ICC_LAB):
        colour = from_lab(_signed_lab(colour, layout))
        notes.append("The picture's Lab colours became sRGB.")
    if len(layout.extra) > (alpha is not None):
        notes.append("The picture has more channels than colour and alpha: they were left out.")
    if alpha is None:
        return colour, tuple(notes)
    return np.concatenate([colour, alpha if alpha.dtype == colour.dtype else eight_bits(alpha)], 2), tuple(notes)


def _alpha(stored: Samples, base: int, layout: _Layout) -> tuple[Samples | None, bool]:
    """The first extra channel that is alpha, and whether the colours are multiplied with it."""
    for index, kind in enumerate(layout.extra):
        if kind in (_ASSOCIATED, _STRAIGHT):
            alpha = stored[:, :, base + index : base + index + 1]
            return (scaled_up(eight_bits(alpha), layout.bits) if layout.bits < 8 else alpha), kind == _ASSOCIATED
    return None, False


def _looked_up(source: SourceFile, indices: Samples, layout: _Layout) -> NDArray[np.uint8]:
    size = 2**layout.bits
    if len(layout.colour_map) != 3 * size:
        raise source.damaged("its palette cannot be read")
    table = np.array(layout.colour_map, np.uint32).reshape(3, size).T
    # Some programs write 8 bits where 16 belong.
    eight = table if table.max() < 256 else table >> 8
    looked_up: NDArray[np.uint8] = eight.astype(np.uint8)[indices[:, :, 0]]
    return looked_up


def _signed_lab(colour: Samples, layout: _Layout) -> NDArray[np.uint8]:
    """8 bits, a and b signed: ICC's Lab has them from 0 on, with the middle at 128."""
    lab = (colour >> 8).astype(np.uint8) if layout.bits == 16 else eight_bits(colour)
    if layout.photometric == _ICC_LAB:
        lab = lab ^ np.array([0, 128, 128], np.uint8)
    return lab


def _collected(data: bytes, how: Structure, tags: Directory) -> Collector:
    collector = Collector()
    if _PROFILE in tags:
        collector.add_profile(tags[_PROFILE].data)
    if _XMP in tags:
        collector.add_xmp(tags[_XMP].data)
    photo, gps = (
        read_directory(data, how, (integers(tags.get(tag), how.order) or (0,))[0])[0] for tag in (_EXIF, _GPS)
    )
    silent = {*_LAYOUT, _PROFILE, _XMP, _SUBFILE, 255}
    collector.add_tags(sorted_out(how.order, tags, photo, gps, thumbnail=False, silent=silent))
    return collector
