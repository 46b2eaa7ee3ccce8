"""JPEG: the pixels from the segments that carry them, the metadata from the others."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.client.colours import from_cmyk
from text_replace_engine.client.metadata import Collector, Density, per_inch
from text_replace_engine.client.raster import Raster
from text_replace_engine.client.source_file import SourceFile

_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
_JFIF, _EXIF, _XMP, _ICC = b"JFIF\0", b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
#: Those that libjpeg decodes: baseline, extended, progressive, the last two with arithmetic coding.
_DECODABLE = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
_PROGRESSIVE = {0xC2, 0xCA}
#: Tables, frames, scans and their kin; applications' segments and comments are none.
_CODING = {*range(0xC0, 0xE0)} - {0xD8, 0xD9}
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
#: Says how to read the components without saying anything else: version 1.2, square pixels.
_PLAIN_JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x02\x00\x00\x01\x00\x01\x00\x00"
#: Any bytes that can stand in a scan. A scan that is whole is not changed by what follows it.
_FILLER = bytes(1 + number * 89 % 251 for number in range(1, 401))
_SCALE = 8


@dataclass
class _Segments:
    """What a file is made of. coding: all that carries pixels, without an end marker."""

    coding: bytearray
    others: list[tuple[int, bytes]]
    frame: tuple[int, bytes] | None = None
    scanned: frozenset[int] = frozenset()
    ended: bool = False


def is_jpeg(file: bytes) -> bool:
    """Whether it begins like one."""
    return file.startswith(_START + b"\xff")


def read_jpeg(source: SourceFile, page: int | None) -> Raster:
    """The picture. Raises BadImage and TooLarge."""
    source.page_index(page, 1)
    segments = _segments(source.data)
    components = _check_frame(source, segments)
    coding = bytes(segments.coding)
    size, mode, pixels = _decoded(source, coding + _END)
    missing = _missing_rows(source, segments, components, coding, size)
    notes: tuple[str, ...] = ()
    if not missing and (segments.frame or (0,))[0] in _PROGRESSIVE:
        # Such a file has the whole picture coarsely first.
        filled = _decoded(source, coding + _FILLER + _END)[2]
        if not segments.ended or not np.array_equal(pixels, filled):
            notes = (f"“{source.path}” ends early: fine detail is missing.",)
    collector = _collected(segments.others)
    samples: NDArray[np.uint8] = pixels.reshape(size[1], size[0], -1)
    if mode == "CMYK":
        samples, said = from_cmyk(samples, collector.profile)
        notes += (*said, "The picture's CMYK colours became sRGB.")
    return Raster(samples, collector.metadata(samples.shape[2] < 3, converted=mode == "CMYK"), notes, missing)


def _segments(file: bytes) -> _Segments:
    """What can be taken apart, up to the end of the first picture or of the file."""
    result = _Segments(bytearray(_START), [])
    place = 2
    while True:
        found = _NEXT_MARKER.search(file, place)
        if found is None:
            return result
        marker = file[found.end() - 1]
        place = found.end()
        if marker == _END[1]:
            result.ended = True
            return result
        if marker in (0x01, _START[1]):
            continue
        length = int.from_bytes(file[place : place + 2], "big")
        payload = file[place + 2 : place + length]
        if length < 2 or len(payload) < length - 2:
            return result
        place += length
        if marker in _CODING:
            result.coding += bytes((0xFF, marker)) + file[place - length : place]
            if marker in _FRAMES and result.frame is None:
                result.frame = (marker, payload)
            if marker == _SCAN:
                place = _take_scan(file, place, payload, result)
        else:
            _take_other(marker, payload, result)


def _take_scan(file: bytes, place: int, head: bytes, result: _Segments) -> int:
    """Adds the coded data of a scan; returns where they end."""
    found = _NEXT_MARKER.search(file, place)
    end = found.start() if found else len(file)
    result.coding += file[place:end].rstrip(b"\xff")
    result.scanned |= frozenset(head[1 : 1 + 2 * head[0] : 2]) if head else frozenset()
    return end


def _take_other(marker: int, payload: bytes, result: _Segments) -> None:
    kinds = {kind for kind, _ in result.others}
    if marker == 0xE0 and payload.startswith(_JFIF) and 0xE0 not in kinds:
        result.coding[2:2] = _PLAIN_JFIF
    # Adobe's says whether the components are inks, and which way round.
    if marker == 0xEE and payload.startswith(b"Adobe") and len(payload) >= 12 and 0xEE not in kinds:
        result.coding += b"\xff\xee" + struct.pack(">H", 14) + payload[:12]
    result.others.append((marker, payload))


def _check_frame(source: SourceFile, segments: _Segments) -> int:
    """How many components there are. Raises BadImage, and TooLarge before anything is decoded."""
    marker, payload = segments.frame or (0, b"")
    if len(payload) < 6:
        raise source.damaged("its header cannot be read")
    precision, height, width, components = struct.unpack_from(">BHHB", payload)
    if marker not in _DECODABLE:
        raise source.refused("is a kind of JPEG (lossless or hierarchical) that is not read: save it as PNG first")
    if precision != 8:
        raise source.refused(f"is a JPEG of {precision} bits a channel, which is not read: save it as PNG first")
    source.check_size(width, height)
    return int(components)


def _decoded(source: SourceFile, clean: bytes, scaled: bool = False) -> tuple[tuple[int, int], str, NDArray[np.uint8]]:
    """Size, mode and pixels; `scaled`: of an eighth of the size, from the mean of each block only."""
    with source.decoding(), Image.open(io.BytesIO(clean), formats=("JPEG",)) as image:
        if scaled:
            image.draft(None, (-(-image.width // _SCALE), -(-image.height // _SCALE)))
        return image.size, image.mode, np.asarray(image)


def _missing_rows(
    source: SourceFile, segments: _Segments, components: int, coding: bytes, size: tuple[int, int]
) -> int:
    """How many rows at the end are not in the file. The decoder fills them with grey and says nothing, so what it makes
    of other bytes in their place tells which they are.
    """
    if len(segments.scanned) < components:
        raise source.damaged("its pixels end before there is a whole picture")
    small, filled = (_decoded(source, coding + tail + _END, scaled=True)[2] for tail in (b"", _FILLER))
    differ = (small != filled).reshape(len(small), -1).any(1)
    if not differ.any():
        return 0
    first = int(differ.argmax()) * -(-size[1] // len(small))
    if not first:
        raise source.damaged("its pixels end in the first rows")
    return size[1] - first


def _collected(others: list[tuple[int, bytes]]) -> Collector:
    collector = Collector()
    parts: dict[int, bytes] = {}
    wanted = 0
    for marker, payload in others:
        if marker == 0xE0 and payload.startswith(_JFIF) and len(payload) >= 12:
            collector.add_density(_density(payload))
            if len(payload) > 14 and payload[12] and payload[13]:
                collector.lose("thumbnail")
        elif marker == 0xE1 and payload.startswith(_EXIF):
            collector.add_exif(payload)
        elif marker == 0xE1 and payload.startswith(_XMP):
            collector.add_xmp(payload.removeprefix(_XMP))
        elif marker == 0xE2 and payload.startswith(_ICC) and len(payload) > 14:
            wanted = max(wanted, payload[13])
            parts.setdefault(payload[12], payload[14:])
        elif (name := _name(marker, payload)) is not None:
            collector.lose(name)
    if parts:
        whole = sorted(parts) == list(range(1, wanted + 1))
        collector.add_profile(b"".join(parts[number] for number in sorted(parts)) if whole else None)
    return collector


def _name(marker: int, payload: bytes) -> str | None:
    """Of what is left out, for the user; None for what says how pixels are coded."""
    if marker == 0xFE:
        return "comment"
    if marker == 0xE1:
        return "extended XMP" if payload.startswith(b"http://ns.adobe.com/xmp/extension/") else "APP1"
    if marker == 0xED:
        return "IPTC and Photoshop's data"
    if marker == 0xE2 and payload.startswith(b"MPF\0"):
        return "further pictures (MPF)"
    if (marker == 0xE0 and payload.startswith((_JFIF, b"JFXX\0"))) or (marker == 0xEE and payload.startswith(b"Adobe")):
        return None
    return f"APP{marker - 0xE0}" if 0xE0 <= marker <= 0xEF else None


def _density(payload: bytes) -> Density | None:
    unit, x, y = struct.unpack_from(">BHH", payload, 7)
    if unit == 1:
        return per_inch(x, y)
    if unit == 2:
        return Density(x * 100, y * 100)
    return Density(x, y, absolute=False) if x != y else None
