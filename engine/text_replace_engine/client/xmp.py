"""XMP packets: made true for the upright picture, and marked as edited with generative AI.

What need not change stays byte for byte. A packet comes from a file that anybody may have made. The format:
https://developer.adobe.com/xmp/docs/xmp-specifications
"""

from __future__ import annotations

import codecs
import html
import re
from xml.parsers import expat

from text_replace_wire import provenance

_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|>)\s*)([0-9])""")
#: Sizes, how pixels are stored, and pictures of what the picture was.
_STALE = re.compile(
    rb"""\s(?:tiff:(?:ImageWidth|ImageLength|BitsPerSample|PhotometricInterpretation|SamplesPerPixel|Compression|"""
    rb"""PlanarConfiguration)|exif:Pixel[XY]Dimension)\s*=\s*(?:"[^"]*"|'[^']*')"""
    rb"""|<((?:tiff:(?:ImageWidth|ImageLength|BitsPerSample|PhotometricInterpretation|SamplesPerPixel|Compression|"""
    rb"""PlanarConfiguration)|exif:Pixel[XY]Dimension|(?:xmp|xap):Thumbnails))>.*?</\1>""",
    re.DOTALL,
)
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>\s*")
_UTF_16 = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMP = "http://ns.adobe.com/xap/1.0/"
#: The parser's names: namespace and local name.
_ROOT, _DESCRIPTION = f"{_RDF} RDF", f"{_RDF} Description"
_ABOUT, _RESOURCE = f"{_RDF} about", f"{_RDF} resource"
_SOURCE_TYPE = f"{provenance.NAMESPACE} {provenance.SOURCE_TYPE}"
_SYSTEM = f"{provenance.NAMESPACE} {provenance.SYSTEM}"
_CREATOR_TOOL = f"{_XMP} CreatorTool"
_OURS = (_SOURCE_TYPE, _SYSTEM)
_READ = (*_OURS, _CREATOR_TOOL)

#: Elements from the outermost to a property: x:xmpmeta, rdf:RDF, rdf:Description, the property.
_DEEPEST = 4
_TAG = re.compile(rb"""<(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')""")
_FRESH = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
).encode()


class _Damaged(Exception):
    """Not XMP."""


def cleaned(packet: bytes) -> tuple[bytes, int] | None:
    """`packet` as UTF-8 without what is not true of the upright picture, and the orientation, 1 to 8, that it told.

    None where it is damaged.
    """
    try:
        packet = _utf_8(packet)
        found = _ORIENTATION.search(packet)
        sound = _STALE.sub(b"", _ORIENTATION.sub(rb"\g<1>1", packet))
        sound.decode()
        _Outline(sound)
    except (UnicodeDecodeError, expat.ExpatError, _Damaged):
        return None
    orientation = int(found[2]) if found else 1
    return sound, orientation if 1 <= orientation <= 8 else 1


def marked(packet: bytes | None) -> bytes:
    """`packet`, one that `cleaned` gave, or a new one, that says that the picture was edited with generative AI."""
    packet = packet or _FRESH
    outline = _Outline(packet)
    if outline.is_marked:
        return packet
    ours = {
        f"Iptc4xmpExt:{provenance.SOURCE_TYPE}": provenance.source_type(outline.values.get(_SOURCE_TYPE, "")),
        f"Iptc4xmpExt:{provenance.SYSTEM}": provenance.systems(outline.values.get(_SYSTEM, "")),
    }
    # The first tool that is known: who was there before stays.
    if not outline.values.get(_CREATOR_TOOL):
        ours["xmp:CreatorTool"] = provenance.SOFTWARE
    properties = "".join(f"<{name}>{html.escape(value)}</{name}>" for name, value in ours.items())
    about = f'rdf:about="{html.escape(outline.about)}"'
    names = f'xmlns:rdf="{_RDF}" xmlns:Iptc4xmpExt="{provenance.NAMESPACE}" xmlns:xmp="{_XMP}"'
    description = f"<rdf:Description {about} {names}>{properties}</rdf:Description>"
    pieces, place = [], 0
    for start, end in outline.cuts:
        pieces.append(packet[place:start])
        place = end
    # The packet may declare another encoding: references to characters are the same in all.
    added = description.encode("ascii", "xmlcharrefreplace")
    return b"".join([*pieces, packet[place : outline.end], added, packet[outline.end :]])


def is_marked(packet: bytes) -> bool:
    """Whether a packet that `cleaned` gave says what `marked` makes one say."""
    return _Outline(packet).is_marked


def _utf_8(packet: bytes) -> bytes:
    encoding = _UTF_16.get(packet[:2])
    if encoding is None:
        return packet.strip(b"\0 \r\n\t")
    # The declaration, where there is one, names the encoding that was.
    return _DECLARATION.sub("", packet.decode(encoding).strip("\0 \r\n\t"), count=1).encode()


class _Outline:
    """What a packet says of the picture itself, and where: `end` is the place behind all properties, `about` the
    picture's name in it. cuts: the places (from, to) of our own properties, in order.

    Raises ExpatError where it is not well-formed, _Damaged where it says nothing in RDF.
    """

    def __init__(self, packet: bytes) -> None:
        # XMP has no document type; one may define entities that grow without end.
        if b"<!DOCTYPE" in packet:
            raise _Damaged
        self.values: dict[str, str] = {}
        self.about = ""
        self.cuts: list[tuple[int, int]] = []
        self.end = 0
        self._packet = packet
        self._depth = 0
        #: The elements around the current place, no deeper than properties.
        self._path: list[str] = []
        #: Where rdf:RDF, and the property that is being read, begin.
        self._root = self._property = 0
        self._text: list[str] | None = None
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._finish
        self._parser.Parse(packet, True)
        if not self.end:
            raise _Damaged

    @property
    def is_marked(self) -> bool:
        source, system = self.values.get(_SOURCE_TYPE, ""), self.values.get(_SYSTEM, "")
        return (source, system) == (provenance.source_type(source), provenance.systems(system))

    def _begin(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        # A packet may have a million elements.
        if self._depth > _DEEPEST:
            return
        self._path.append(name)
        if name == _ROOT and self._is_at(_ROOT):
            self._root = self._parser.CurrentByteIndex
        elif name == _DESCRIPTION and self._is_at(_ROOT, _DESCRIPTION):
            given = dict(zip(attributes[::2], attributes[1::2], strict=True))
            self._describe(self._parser.CurrentByteIndex, given)
        elif name in _READ and self._is_at(_ROOT, _DESCRIPTION, name):
            self._property, self._text = self._parser.CurrentByteIndex, []
            self._parser.CharacterDataHandler = self._text.append
            if _RESOURCE in attributes[::2]:
                self._text.append(attributes[attributes.index(_RESOURCE) + 1])

    def _describe(self, start: int, attributes: dict[str, str]) -> None:
        """Properties may be attributes of the description."""
        self.about = self.about or attributes.get(_ABOUT, "")
        self.values |= {name: attributes[name].strip() for name in _READ if name in attributes}
        if not any(name in attributes for name in _OURS):
            return
        found = _ATTRIBUTE.finditer(self._tag(start))
        places = [place for place in found if place[1].partition(b":")[0] != b"xmlns"]
        for name, place in zip(attributes, places, strict=True):
            if name in _OURS:
                self.cuts.append((start + place.start(), start + place.end()))

    def _finish(self, name: str) -> None:
        self._depth -= 1
        if self._depth >= _DEEPEST:
            return
        place = self._parser.CurrentByteIndex
        if self._text is not None and self._is_at(_ROOT, _DESCRIPTION, name):
            self.values[name] = "".join(self._text).strip()
            self._text = self._parser.CharacterDataHandler = None
            if name in _OURS:
                tag = self._tag(self._property)
                is_empty = tag.endswith(b"/>")
                end = self._property + len(tag) if is_empty else self._packet.index(b">", place) + 1
                self.cuts.append((self._property, end))
        elif name == _ROOT and self._is_at(_ROOT) and not self._tag(self._root).endswith(b"/>"):
            self.end = place
        self._path.pop()

    def _is_at(self, *names: str) -> bool:
        """Whether the path to the current element ends with `names`, in the first rdf:RDF. What is said farther inside
        is not of the picture but of its parts and sources.
        """
        depth = len(self._path) - len(names)
        return not self.end and depth <= 1 and tuple(self._path[depth:]) == names

    def _tag(self, start: int) -> bytes:
        found = _TAG.match(self._packet, start)
        assert found is not None, "the parser said that a tag begins here"
        return found[0]
