"""Picture files with whatever stands in them: chunks, EXIF blocks and tags made by hand, sound ones and others."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.client.png_chunks import Chunk, png_file

Array = NDArray[Any]
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
#: width, height of pictures of random files.
SMALL = (14, 10)
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def gradient(size: tuple[int, int], channels: int = 3, bits: int = 8) -> Array:
    """(h, w, channels) of different values everywhere."""
    down, across = np.mgrid[0 : size[1], 0 : size[0]]
    top = 2**bits - 1
    planes = [
        (across * 37 + down * 11) % (top + 1),
        (down * top) // size[1],
        (across * top) // size[0],
        top - down * across % 97,
    ]
    return np.stack(planes[:channels], 2).astype(np.uint16 if bits == 16 else np.uint8)


def raw_rows(pixels: Array) -> bytes:
    """Rows (h, w, c) as PNG stores them, without a filter, before compression."""
    big = pixels.astype(pixels.dtype.newbyteorder(">"))
    return b"".join(b"\0" + row.tobytes() for row in big)


def png(pixels: Array, chunks: Sequence[Chunk] = (), cut: int = 0, first: Sequence[Chunk] = ()) -> bytes:
    """A PNG of 8 or 16 bits with `chunks` before its pixels; `cut`: so many bytes of its rows are missing."""
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, pixels.itemsize * 8, COLOUR_TYPES[channels], 0, 0, 0)
    rows = raw_rows(pixels)
    idat = Chunk(b"IDAT", zlib.compress(rows[: len(rows) - cut]))
    return png_file([*first, Chunk(b"IHDR", header), *chunks, idat, Chunk(b"IEND", b"")])


def packed_png(indices: Array, bits: int, colour: int, chunks: Sequence[Chunk] = ()) -> bytes:
    """A grey (`colour` 0) or palette (3) PNG of 1, 2, 4 or 8 bits from values (h, w)."""
    height, width = indices.shape
    ones = np.unpackbits(indices.astype(np.uint8)[:, :, None], axis=2)[:, :, 8 - bits :]
    rows = np.packbits(ones.reshape(height, -1), axis=1)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    idat = Chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)))
    return png_file([Chunk(b"IHDR", header), *chunks, idat, Chunk(b"IEND", b"")])


def jpeg(pixels: Array, segments: Sequence[tuple[int, bytes]] = (), **options: Any) -> bytes:
    """A JPEG with application `segments` (marker, payload) in front."""
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "JPEG", **options)
    extra = b"".join(struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data for marker, data in segments)
    return packed.getvalue()[:2] + extra + packed.getvalue()[2:]


def tag_block(entries: Sequence[tuple[int, int, int, bytes]], order: str = "<", following: int = 0) -> bytes:
    """An EXIF block with one directory of (tag, type, count, value of up to 4 bytes or stored behind)."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    behind = 8 + 2 + 12 * len(entries) + 4
    rows, values = b"", b""
    for tag, kind, count, value in entries:
        inline = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(order + "I", behind + len(values))
        values += value if len(value) > 4 else b""
        rows += struct.pack(order + "HHI", tag, kind, count & 0xFFFFFFFF) + inline
    return head + struct.pack(order + "H", len(entries)) + rows + struct.pack(order + "I", following) + values


def tiff(pixels: Array, entries: Sequence[tuple[int, int, int, bytes]] = (), order: str = "<") -> bytes:
    """An uncompressed TIFF of 8 or 16 bits, grey or RGB, with further tags (see `tag_block`)."""
    height, width, channels = pixels.shape
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()  # type: ignore[arg-type]
    layout = {
        256: width, 257: height, 259: 1, 262: 1 if channels < 3 else 2, 277: channels, 278: height, 279: len(data),
        273: 0,
    }  # fmt: skip
    if channels in (2, 4):
        layout[338] = 2
    bits = struct.pack(f"{order}{channels}H", *[pixels.itemsize * 8] * channels)
    given = {tag: (tag, 4, 1, struct.pack(order + "I", value)) for tag, value in layout.items()}
    given[258] = (258, 3, channels, bits)
    more = [entry for entry in entries if entry[0] not in given]
    whole = sorted([*given.values(), *more])
    place = len(tag_block(whole, order))
    given[273] = (273, 4, 1, struct.pack(order + "I", place))
    return tag_block(sorted([*given.values(), *more]), order) + data


def packet(described: str) -> bytes:
    """An XMP packet around `described`, in which `a:` is a namespace, `i:` that of IPTC Extension."""
    names = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="urn:a" '
    names += 'xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {names}>{described}</rdf:RDF></x:xmpmeta>'.encode()


def xmp_properties(told: bytes) -> list[tuple[str, str]]:
    """What a packet says of the picture, in any form: names and values, or the XML of what is inside."""
    root = ElementTree.fromstring(told)
    found = []
    for described in root.iterfind(f"{RDF}RDF/{RDF}Description"):
        found += [(name, value) for name, value in described.items() if name != f"{RDF}about"]
        for child in described:
            inside = "".join(ElementTree.tostring(each, "unicode") for each in child)
            found.append((child.tag, (child.get(f"{RDF}resource") or child.text or "") + inside))
    return found


def random_file(chance: random.Random) -> tuple[str, bytes]:
    """A sound small picture among metadata of any kind: its suffix and its bytes."""
    kind = chance.choice((".png", ".png", ".jpg", ".webp", ".tif"))
    pixels = gradient(SMALL, chance.choice((1, 3)) if kind != ".webp" else 3)
    if kind == ".png":
        bits = chance.choice((8, 16))
        return kind, _spoiled(png(gradient(SMALL, chance.randint(1, 4), bits), _random_chunks(chance)), chance)
    if kind == ".tif":
        told = random_packet(chance)
        entries = [*_random_entries(chance), *([(700, 1, len(told), told)] if chance.random() < 0.3 else [])]
        last = {entry[0]: entry for entry in entries}
        return kind, tiff(gradient(SMALL, chance.choice((1, 3)), chance.choice((8, 16))), sorted(last.values()))
    if kind == ".jpg":
        segments = [(0xE1, b"Exif\0\0" + random_block(chance)), (chance.randint(0xE1, 0xEF), _random_bytes(chance))]
        return kind, jpeg(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels, segments)
    packed = io.BytesIO()
    told = chance.choice((_random_bytes(chance), random_packet(chance)))
    Image.fromarray(pixels).save(packed, "WEBP", lossless=True, exif=random_block(chance), xmp=told)
    return kind, packed.getvalue()


_PROPERTIES = ("i:DigitalSourceType", "i:AISystemUsed", "xmp:CreatorTool", "a:b", "i:c", "tiff:Orientation")
_VALUES = (
    "",
    "6",
    "&lt;i:AISystemUsed&gt;",
    "ä",
    "trainedAlgorithmicMedia",
    "DALL-E; Text Replace",
    "&#10; i:c='1'",
    ">",
)


def random_packet(chance: random.Random) -> bytes:
    """An XMP packet with properties in any form, in UTF-8 or UTF-16, well-formed or nearly."""

    def attributes() -> str:
        names = chance.sample(_PROPERTIES, chance.randint(0, 3))
        return "".join(f'{chance.choice((" ", chr(10)))}{name}="{chance.choice(_VALUES)}"' for name in names)

    def element(depth: int) -> str:
        name = chance.choice((*_PROPERTIES, "rdf:li", "rdf:Seq", "rdf:Description"))
        inside = "".join(element(depth + 1) for _ in range(chance.randint(0, 2))) if depth < 3 else ""
        inside += chance.choice((*_VALUES, "<!-- <i:AISystemUsed> -->", "<?a b?>"))
        return chance.choice((f"<{name}{attributes()}>{inside}</{name} >", f"<{name}{attributes()}/>"))

    described = "".join(
        f'<rdf:Description rdf:about="" xmlns:tiff="t"{attributes()}>{element(0)}{element(0)}</rdf:Description>'
        for _ in range(chance.randint(0, 2))
    )
    made = packet(described).decode().encode(chance.choice(("utf-8", "utf-8", "utf-16")))
    return made if chance.random() < 0.9 else made[: chance.randrange(len(made))]


def random_block(chance: random.Random) -> bytes:
    """An EXIF block, or something like one."""
    block = tag_block(_random_entries(chance), chance.choice("<>"), chance.choice((0, 0, 8, 40, 2**32 - 1)))
    if chance.random() < 0.2:
        block = block[: chance.randrange(len(block))]
    return block if chance.random() < 0.9 else _random_bytes(chance)


def _random_entries(chance: random.Random) -> list[tuple[int, int, int, bytes]]:
    known = (256, 257, 258, 259, 262, 270, 271, 274, 282, 283, 296, 305, 306, 315, 317, 320, 330, 338, 339, 347, 513,
             514, 529, 530, 531, 532, 700, 33432, 33434, 34665, 34675, 34853, 36864, 36867, 37500, 37510, 40091, 40961,
             40962, 40963, 40965, 41486, 50341, 50706, 1, 2, 5, 29)  # fmt: skip
    entries = {}
    for _ in range(chance.randint(0, 8)):
        tag = chance.choice(known) if chance.random() < 0.8 else chance.randrange(65536)
        kind = chance.randint(1, 13) if chance.random() < 0.9 else chance.randrange(65536)
        count = chance.choice((0, 1, 1, 1, 2, 3, 20, 2**31, 2**32 - 1))
        entries[tag] = (tag, kind, count, chance.randbytes(chance.choice((0, 1, 2, 4, 8, 24, 200))))
    return sorted(entries.values())


def _random_chunks(chance: random.Random) -> list[Chunk]:
    kinds = (b"iCCP", b"eXIf", b"gAMA", b"cHRM", b"cICP", b"sRGB", b"pHYs", b"tEXt", b"zTXt", b"iTXt", b"tIME",
             b"bKGD", b"sBIT", b"sPLT", b"hIST", b"tRNS", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"prVt")  # fmt: skip
    return [Chunk(kind, _random_chunk(kind, chance)) for kind in chance.choices(kinds, k=chance.randint(0, 6))]


def _random_chunk(kind: bytes, chance: random.Random) -> bytes:
    keywords = (b"exif", b"icc_profile", b"XML:com.adobe.xmp", b"Raw profile type exif", b"Comment", b"dpi", b"")
    if kind == b"eXIf":
        return random_block(chance)
    if kind == b"iCCP":
        return b"a\0\0" + zlib.compress(chance.randbytes(36) + b"acsp" + chance.randbytes(200))
    if kind == b"iTXt" and chance.random() < 0.5:
        return b"XML:com.adobe.xmp" + bytes(5) + random_packet(chance)
    if kind in (b"tEXt", b"zTXt", b"iTXt"):
        packed = chance.choice((_random_bytes(chance), zlib.compress(_random_bytes(chance))))
        return chance.choice(keywords) + b"\0" * chance.choice((1, 2, 5)) + packed
    lengths = {b"gAMA": 4, b"cHRM": 32, b"cICP": 4, b"sRGB": 1, b"pHYs": 9, b"tIME": 7, b"mDCV": 24, b"cLLI": 8}
    length = lengths.get(kind, 8) if chance.random() < 0.8 else chance.randrange(64)
    return bytes(chance.choice((0, 1, 255, chance.randrange(256))) for _ in range(length))


def _random_bytes(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 9, 100)))


def _spoiled(file: bytes, chance: random.Random) -> bytes:
    """With a wrong checksum in what is not pixels, sometimes."""
    place = file.find(chance.choice((b"tEXt", b"eXIf", b"iCCP", b"gAMA")))
    if place < 0 or chance.random() < 0.7:
        return file
    length = int.from_bytes(file[place - 4 : place], "big")
    at = place + 4 + length
    return file[:at] + bytes((file[at] ^ 1,)) + file[at + 1 :]
