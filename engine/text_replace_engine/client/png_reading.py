"""PNG: the pixels from the chunks that carry them, the metadata from the others."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from imagecodecs import png_decode
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.client.colours import Samples, straightened, with_transparent_colour
from text_replace_engine.client.png_chunks import SIGNATURE, Chunk, png_file, read_chunks
from text_replace_engine.client.png_metadata import collected
from text_replace_engine.client.raster import Raster
from text_replace_engine.client.source_file import SourceFile

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PALETTE = 3
_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_FRAMES = {b"acTL", b"fcTL", b"fdAT"}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True)
class _Header:
    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    def stride(self, width: int) -> int:
        """Bytes of a row of `width` pixels, its filter's included."""
        return 1 + (width * self.depth * _CHANNELS[self.colour] + 7) // 8

    @property
    def length(self) -> int:
        """Bytes of the whole picture before compression."""
        if not self.interlaced:
            return self.height * self.stride(self.width)
        sizes = ((-(-(self.width - x) // dx), -(-(self.height - y) // dy)) for x, y, dx, dy in _PASSES)
        return sum(rows * self.stride(columns) for columns, rows in sizes if columns > 0 and rows > 0)


def is_png(file: bytes) -> bool:
    """Whether it begins like one."""
    return file.startswith(SIGNATURE)


def read_png(source: SourceFile, page: int | None) -> Raster:
    """The picture, or of an animation frame `page`. Raises BadImage and TooLarge."""
    chunks = read_chunks(source.data)
    header = _header(source, chunks)
    palette = _palette(source, header, chunks)
    transparent = next((chunk.data for chunk in chunks if chunk.kind == b"tRNS" and chunk.whole), b"")
    apple = any(chunk.kind == b"CgBI" for chunk in chunks)
    frames = _frames(chunks)
    index = source.page_index(page, frames)
    notes = source.page_note(page, frames)
    head = [next(chunk for chunk in chunks if chunk.kind == b"IHDR"), *palette]
    if header.colour == _PALETTE and transparent:
        head.append(Chunk(b"tRNS", transparent[: len(palette[0].data) // 3]))
    missing = 0
    if index:
        moving = [chunk for chunk in chunks if chunk.kind in {*_FRAMES, b"IDAT"}]
        samples = _frame(source, png_file([*head, *moving, Chunk(b"IEND", b"")]), index)
    else:
        idat, missing, wrong = _image_data(source, header, chunks, apple)
        if wrong:
            notes += (f"“{source.path}” has a wrong checksum: some of its pixels may be wrong.",)
        samples = _decoded(source, header, png_file([*head, Chunk(b"IDAT", idat), Chunk(b"IEND", b"")]))
        if header.colour in (0, 2) and len(transparent) == 2 * _CHANNELS[header.colour]:
            samples = with_transparent_colour(samples, _colour(header, transparent))
            notes += ("The picture's transparent colour became an alpha channel.",)
    if apple:
        samples = _from_apple(samples)
        notes += ("The picture is an iPhone's own kind of PNG; the result is an ordinary one.",)
    if header.colour == _PALETTE:
        notes += (f"The picture's palette became {'RGB with alpha' if samples.shape[2] == 4 else 'RGB'}.",)
    grey = samples.shape[2] < 3
    return Raster(samples, collected(chunks, same_bits=header.depth >= 8).metadata(grey), notes, missing)


def _header(source: SourceFile, chunks: list[Chunk]) -> _Header:
    first = next((chunk for chunk in chunks if chunk.kind != b"CgBI"), None)
    if first is None or first.kind != b"IHDR" or len(first.data) != 13 or not first.whole:
        raise source.damaged("its header cannot be read")
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", first.data)
    source.check_size(width, height)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise source.damaged("its header says what no PNG can be")
    for chunk in chunks:
        if chunk.is_critical and chunk.kind not in {*_CRITICAL, b"CgBI"}:
            raise source.refused(f"is a PNG with an extension that is not known ({chunk.kind.decode()})")
    return _Header(width, height, depth, colour, interlace == 1)


def _palette(source: SourceFile, header: _Header, chunks: list[Chunk]) -> list[Chunk]:
    if header.colour != _PALETTE:
        return []
    found = next((chunk for chunk in chunks if chunk.kind == b"PLTE" and chunk.whole), None)
    if found is None or not 3 <= len(found.data) <= 768 or len(found.data) % 3:
        raise source.damaged("its palette cannot be read")
    full = 3 * 2**header.depth
    # An index past a short palette would be an error of the decoder's.
    return [Chunk(b"PLTE", found.data[:full].ljust(full, b"\0"))]


def _image_data(source: SourceFile, header: _Header, chunks: list[Chunk], apple: bool) -> tuple[bytes, int, bool]:
    """A sound IDAT, how many rows at the end it had to make up, and whether the checksum over all rows is wrong."""
    idat = [chunk for chunk in chunks if chunk.kind == b"IDAT"]
    if any(not chunk.whole for chunk in idat[:-1]) or (idat and not idat[-1].whole and chunks[-1] is not idat[-1]):
        raise source.damaged("a checksum of its pixels is wrong")
    packed = b"".join(chunk.data for chunk in idat)
    rows, broken, ended = _unpacked(packed, header.length, apple)
    if len(rows) == header.length and not broken and not apple and ended:
        return packed, 0, False
    stride = header.stride(header.width)
    missing = -(-(header.length - len(rows)) // stride)
    if broken and missing:
        raise source.damaged("its pixels cannot be unpacked")
    if missing and (header.interlaced or missing >= header.height):
        raise source.damaged("its pixels end early")
    whole = rows[: header.length - missing * stride] if missing else rows
    return zlib.compress(bytes(whole).ljust(header.length, b"\0"), 1), missing, broken


def _unpacked(packed: bytes, length: int, apple: bool) -> tuple[bytearray, bool, bool]:
    """At most `length` bytes; whether something in them is wrong; whether they end as they should."""
    # Apple's has no header and no checksum.
    decoder = zlib.decompressobj(-zlib.MAX_WBITS if apple else zlib.MAX_WBITS)
    rows = bytearray()
    place, step = 0, 1 << 16
    while place < len(packed) and not decoder.eof and len(rows) < length:
        before = decoder.copy()
        try:
            rows += decoder.decompress(packed[place : place + step], length - len(rows))
            while decoder.unconsumed_tail and len(rows) < length:
                rows += decoder.decompress(decoder.unconsumed_tail, length - len(rows))
        except zlib.error:
            # A step that fails gives nothing of what came before the fault: a wrong checksum comes after everything.
            if step == 1:
                return rows, True, False
            decoder, step = before, 1
            continue
        place += step
    return rows, False, decoder.eof


def _decoded(source: SourceFile, header: _Header, clean: bytes) -> Samples:
    with source.decoding():
        if header.depth == 16:
            deep: NDArray[np.uint16] = png_decode(clean)
            return deep.reshape(header.height, header.width, -1)
        with Image.open(io.BytesIO(clean), formats=("PNG",)) as image:
            if image.mode == "1":
                return np.asarray(image.convert("L"))[:, :, None]
            if image.mode == "P":
                return np.asarray(image.convert("RGBA" if "transparency" in image.info else "RGB"))
            return np.asarray(image).reshape(header.height, header.width, -1)


def _frame(source: SourceFile, file: bytes, index: int) -> Samples:
    with source.decoding(), Image.open(io.BytesIO(file), formats=("PNG",)) as image:
        image.seek(index)
        return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def _frames(chunks: list[Chunk]) -> int:
    """Of an animation, the picture before it included where it is none of them."""
    control = next((chunk for chunk in chunks if chunk.kind == b"acTL" and chunk.whole and len(chunk.data) == 8), None)
    if control is None:
        return 1
    kinds = [chunk.kind for chunk in chunks]
    first_moves = b"IDAT" in kinds and b"fcTL" in kinds[: kinds.index(b"IDAT")]
    said = int.from_bytes(control.data[:4], "big")
    return max(1, min(kinds.count(b"fcTL"), said) + (not first_moves))


def _colour(header: _Header, transparent: bytes) -> tuple[int, ...]:
    values = struct.unpack(f">{len(transparent) // 2}H", transparent)
    top = 2**header.depth - 1
    return tuple((value & top) * (255 // top if top < 255 else 1) for value in values)


def _from_apple(samples: Samples) -> Samples:
    """Blue comes first, and colour is multiplied with alpha."""
    if samples.shape[2] < 3:
        return samples
    ordered = samples[:, :, [2, 1, 0, *range(3, samples.shape[2])]]
    return straightened(ordered) if samples.shape[2] == 4 else ordered
