"""What a PNG says beside its pixels, from the chunks for it and from what programs hide in texts."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterable

from text_replace_engine.client.metadata import Collector, Density
from text_replace_engine.client.png_chunks import Chunk, inflated

XMP_KEYWORD = b"XML:com.adobe.xmp"
_MOST_PROFILE = 1 << 26  # bytes
#: Readers refuse a whole file for a text that is longer, unpacked.
_MOST_TEXT = 1 << 20  # bytes
_LENGTHS = {b"cICP": 4, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"mDCV": 24, b"cLLI": 8}
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_RAW = b"raw profile type "
#: Libraries take texts of such names for what the name says.
_MISTAKABLE = {
    b"exif", b"icc_profile", b"xmp", b"dpi", b"gamma", b"aspect", b"chromaticity", b"srgb", b"transparency",
    b"interlace", b"loop", b"duration", b"blend", b"disposal", b"default_image", b"bbox", b"parsed_exif",
}  # fmt: skip
_PIXELS = {b"CgBI", b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"}
_STALE = {
    b"sBIT": "significant bits (sBIT)",
    b"bKGD": "background colour (bKGD)",
    b"hIST": "histogram (hIST)",
    b"tIME": "time of the last change (tIME)",
    b"sPLT": "suggested palette (sPLT)",
}


def collected(chunks: Iterable[Chunk], same_bits: bool) -> Collector:
    """From all chunks of a file. same_bits: the pixels were not spread to more bits."""
    collector = Collector()
    found = sorted((chunk for chunk in chunks if chunk.kind not in _PIXELS), key=lambda chunk: chunk.kind in _TEXTS)
    for chunk in found:
        name = chunk.kind.decode("latin-1")
        if not chunk.whole:
            collector.lose(f"{name} (damaged)")
        elif chunk.kind == b"iCCP":
            collector.add_profile(_profile(chunk.data))
        elif chunk.kind == b"eXIf":
            collector.add_exif(chunk.data)
        elif chunk.kind == b"pHYs":
            _add_density(collector, chunk.data)
        elif chunk.kind in _LENGTHS:
            _add_colour(collector, chunk)
        elif chunk.kind in _TEXTS:
            _add_text(collector, chunk)
        elif chunk.kind not in _STALE:
            collector.lose(name)
        elif chunk.kind != b"sBIT" or same_bits:
            collector.lose(_STALE[chunk.kind])
    return collector


def _profile(data: bytes) -> bytes | None:
    _, _, packed = data.partition(b"\0")
    return inflated(packed[1:], _MOST_PROFILE)


def _add_density(collector: Collector, data: bytes) -> None:
    if len(data) == 9 and data[8] < 2:
        x, y, unit = struct.unpack(">IIB", data)
        collector.add_density(Density(x, y, unit == 1))
    else:
        collector.lose("resolution (damaged)")


def _add_colour(collector: Collector, chunk: Chunk) -> None:
    data, kind = chunk.data, chunk.kind
    sound = len(data) == _LENGTHS[kind] and kind not in collector.colour
    if kind == b"sRGB":
        sound = sound and data[0] < 4
    if kind == b"gAMA":
        sound = sound and 0 < struct.unpack(">I", data)[0] < 2**31
    if kind == b"cHRM":
        sound = sound and all(0 <= value < 2**31 for value in struct.unpack(">8I", data)) and data[4:8] != bytes(4)
    if sound:
        collector.colour[kind] = data
    else:
        collector.lose(f"{kind.decode()} (damaged)")


def _add_text(collector: Collector, chunk: Chunk) -> None:
    keyword, _, _ = chunk.data.partition(b"\0")
    shown = keyword.decode("latin-1")
    lowered = keyword.lower()
    text = _text(chunk)
    if text is None:
        collector.lose(f"text “{shown[:79]}” (damaged, or over 1 MiB)")
    elif keyword == XMP_KEYWORD:
        collector.add_xmp(text)
    elif lowered.startswith(_RAW):
        _add_raw(collector, lowered.removeprefix(_RAW), text, shown)
    elif not 0 < len(keyword) < 80 or not shown.isprintable() or lowered in _MISTAKABLE or lowered[:7] == b"thumb::":
        collector.lose(f"text “{shown[:79]}”")
    else:
        collector.texts.append(chunk)


def _text(chunk: Chunk) -> bytes | None:
    """What a text chunk says, unpacked; None where it cannot be."""
    _, end, rest = chunk.data.partition(b"\0")
    if not end:
        return None
    if chunk.kind == b"tEXt":
        return rest
    if chunk.kind == b"zTXt":
        return inflated(rest[1:], _MOST_TEXT) if rest[:1] == b"\0" else None
    flags, parts = rest[:2], rest[2:].split(b"\0", 2)
    if len(parts) < 3 or flags not in (b"\0\0", b"\1\0"):
        return None
    text = inflated(parts[2], _MOST_TEXT) if flags[0] else parts[2]
    try:
        for part in (*parts[:2], text or b""):
            part.decode()
    except UnicodeDecodeError:
        return None
    return text


def _add_raw(collector: Collector, what: bytes, text: bytes, shown: str) -> None:
    """ImageMagick's way to store other formats' blocks: a name, a length and hexadecimal digits, in lines."""
    lines = text.split(b"\n", 3)
    try:
        data = binascii.unhexlify(b"".join(lines[3].split())) if len(lines) == 4 else b""
    except binascii.Error:
        data = b""
    if not data:
        collector.lose(f"text “{shown[:79]}” (damaged)")
    elif what in (b"exif", b"app1") and not data.startswith(b"http"):
        collector.add_exif(data)
    elif what in (b"xmp", b"app1"):
        collector.add_xmp(data.removeprefix(b"http://ns.adobe.com/xap/1.0/\0"))
    elif what in (b"icc", b"icm"):
        collector.add_profile(data)
    else:
        collector.lose(f"text “{shown[:79]}”")
