"""EXIF blocks (CIPA DC-008): read with tolerance, and what of them another file of the same picture may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from PIL import ExifTags

from text_replace_engine.client.tiff_directories import (
    ASCII,
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    SRATIONAL,
    UNDEFINED,
    Directory,
    Entry,
    Order,
    header,
    integers,
    longs,
    packed,
    read_directory,
    structure,
)

ORIENTATION = 0x0112
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
_EXIF, _GPS, _MAKER_NOTE = 0x8769, 0x8825, 0x927C
_COLOUR_SPACE = 0xA001
#: Decided elsewhere, or about how another file stores its pixels: gone without a word.
_SILENT = {ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, _EXIF, _GPS, 0x0213, 0xA005, 0x9101, 0x9102}


def _types(*groups: tuple[int, Iterable[int]]) -> dict[int, int]:
    return {tag: kind for kind, tags in groups for tag in tags}


#: Tags that stay true in OUT, and the type that the standard gives them: a reader may stumble over another. What
#: depends on size, place or coding of the pixels is missing on purpose, and so is whatever a reader need not know.
_MAIN = _types(
    (ASCII, (0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298)),
    (BYTE, range(0x9C9B, 0x9CA0)),
    (SHORT, (0x4746, 0x4749)),
)
_PHOTO = _types(
    (RATIONAL, (0x829A, 0x829D, 0x9202, 0x9205, 0x9206, 0x920A, 0x9401, 0x9402, 0x9404, 0xA20B, 0xA215, 0xA404)),
    (RATIONAL, (0xA432, 0xA500)),
    (SRATIONAL, (0x9201, 0x9203, 0x9204, 0x9400, 0x9403, 0x9405)),
    (SHORT, (0x8822, 0x8827, 0x8830, 0x9207, 0x9208, 0x9209, _COLOUR_SPACE, 0xA217, 0xA401, 0xA402, 0xA403, 0xA405)),
    (SHORT, (*range(0xA406, 0xA40B), 0xA40C, 0xA460)),
    (LONG, range(0x8831, 0x8836)),
    (ASCII, (0x8824, 0x9003, 0x9004, *range(0x9010, 0x9013), *range(0x9290, 0x9293), 0xA004, 0xA420)),
    (ASCII, (0xA430, 0xA431, *range(0xA433, 0xA43B))),
    (UNDEFINED, (0x9000, 0x9286, 0xA000, 0xA300, 0xA301)),
)
_PLACE = _types(
    (BYTE, (0, 5)),
    (ASCII, (1, 3, 8, 9, 10, 12, 14, 16, 18, 19, 21, 23, 25, 29)),
    (RATIONAL, (2, 4, 6, 7, 11, 13, 15, 17, 20, 22, 24, 26, 31)),
    (UNDEFINED, (27, 28)),
    (SHORT, (30,)),
)


@dataclass(frozen=True)
class Exif:
    """What of an EXIF block is kept. main: about the picture; photo: how it was taken; gps: where."""

    order: Order = "<"
    main: Directory = field(default_factory=dict)
    photo: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.main or self.photo or self.gps)

    def without_colour_space(self) -> Exif:
        """For pixels that are in another colour space now."""
        photo = {tag: entry for tag, entry in self.photo.items() if tag != _COLOUR_SPACE}
        return Exif(self.order, self.main, photo, self.gps)


@dataclass(frozen=True)
class ReadExif:
    """A block. tags: its main directory, whole. dropped: names of what `exif` does not have any more."""

    exif: Exif
    tags: Directory
    dropped: tuple[str, ...] = ()

    @property
    def has_orientation(self) -> bool:
        """Whether it says how the picture is turned."""
        return ORIENTATION in self.tags

    @property
    def orientation(self) -> int:
        """1 to 8; 1 where it says nothing."""
        value = integers(self.tags.get(ORIENTATION), self.exif.order)[:1]
        return value[0] if value and 1 <= value[0] <= 8 else 1


def read_exif(block: bytes) -> ReadExif | None:
    """An EXIF block, with or without “Exif” before it; None where it is none."""
    block = block.removeprefix(b"Exif\0\0")
    how = structure(block)
    if how is None:
        return None
    main, following = read_directory(block, how, how.first)
    photo, gps = (
        read_directory(block, how, (integers(main.get(tag), how.order) or (0,))[0])[0] for tag in (_EXIF, _GPS)
    )
    return sorted_out(how.order, main, photo, gps, thumbnail=bool(read_directory(block, how, following)[0]))


def sorted_out(
    order: Order, main: Directory, photo: Directory, gps: Directory, thumbnail: bool, silent: Iterable[int] = ()
) -> ReadExif:
    """What is kept of directories, and the names of the rest; nobody needs to hear of the `silent` tags."""
    quiet = _SILENT | set(silent)
    named = (
        (main, _MAIN, {tag: name for tag, name in ExifTags.TAGS.items() if tag not in quiet}),
        (photo, _PHOTO, {**{tag: name for tag, name in ExifTags.TAGS.items() if tag not in quiet}}),
        (gps, _PLACE, dict(ExifTags.GPSTAGS)),
    )
    kept = [_kept(entries, types) for entries, types, _ in named]
    dropped = ["thumbnail"] if thumbnail else []
    for (entries, _, names), stays in zip(named, kept, strict=True):
        gone = [tag for tag in entries if tag not in stays and tag not in quiet]
        dropped += [f"EXIF {names.get(tag, f'tag {tag}')}" for tag in gone]
    return ReadExif(Exif(order, *kept), main, tuple(dropped))


def exif_block(exif: Exif) -> bytes:
    """The block, without “Exif” before it."""
    return header(exif.order, 8) + with_subdirectories(exif, {}, 8)


def with_subdirectories(exif: Exif, more: Mapping[int, Entry], place: int) -> bytes:
    """The main directory with `more` tags, and after it photo and gps, to be stored at the even offset `place`."""
    subs = [(tag, entries) for tag, entries in ((_EXIF, exif.photo), (_GPS, exif.gps)) if entries]
    main = {**exif.main, **more, **{tag: longs(exif.order, 0) for tag, _ in subs}}
    at = place + len(packed(main, exif.order, place))
    packs = []
    for tag, entries in subs:
        main[tag] = longs(exif.order, at)
        packs.append(packed(entries, exif.order, at))
        at += len(packs[-1])
    return b"".join([packed(main, exif.order, place), *packs])


def _kept(entries: Directory, types: Mapping[int, int]) -> Directory:
    return {
        tag: _terminated(entry) if entry.type == ASCII else entry
        for tag, entry in entries.items()
        if types.get(tag) == entry.type
    }


def _terminated(entry: Entry) -> Entry:
    """A text ends with a zero; programs that trust in it would read on."""
    text = entry.data.rstrip(b"\0") + b"\0"
    return Entry(ASCII, len(text), text)
