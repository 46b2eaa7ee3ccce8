"""The one place that decides what of IN's metadata OUT keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from text_replace_engine.client import xmp
from text_replace_engine.client.metadata import Metadata
from text_replace_engine.client.profiles import profile_of_chunks

_COLOUR = {
    b"cICP": "colour space (cICP)",
    b"sRGB": "colour space (sRGB)",
    b"gAMA": "gamma",
    b"cHRM": "chromaticities",
    b"mDCV": "mastering display (mDCV)",
    b"cLLI": "light level (cLLI)",
}
#: What a profile can say in their place.
_IN_A_PROFILE = {b"cICP", b"sRGB", b"gAMA", b"cHRM"}
_AS_PROFILE = " (as a colour profile)"


@dataclass(frozen=True)
class Kept:
    """metadata: what is written. kept, dropped: names for the user, of what IN had. is_marked: whether it says that
    generative AI edited the picture, in XMP that is new where IN had none.
    """

    metadata: Metadata
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    is_marked: bool = False

    def marked(self) -> Kept:
        """The same with the mark."""
        return replace(self, metadata=replace(self.metadata, xmp=xmp.marked(self.metadata.xmp)), is_marked=True)


def kept_in_png(metadata: Metadata) -> Kept:
    """A PNG keeps everything, but either a profile or the word that the colours are sRGB's."""
    dropped = metadata.dropped
    if metadata.profile is not None and b"sRGB" in metadata.colour:
        colours = {kind: data for kind, data in metadata.colour.items() if kind != b"sRGB"}
        metadata = replace(metadata, colour=colours)
        dropped += (_COLOUR[b"sRGB"],)
    colour = [_COLOUR[kind] for kind in metadata.colour]
    texts = [f"text “{chunk.data.partition(bytes(1))[0].decode('latin-1')}”" for chunk in metadata.texts]
    return Kept(metadata, (*_names(metadata), *colour, *texts), dropped)


def kept_in_tiff(metadata: Metadata, grey: bool) -> Kept:
    """A TIFF has no place for a PNG's texts, and says colours by a profile only."""
    kept, dropped = list(_names(metadata)), list(metadata.dropped)
    dropped += [f"text “{chunk.data.partition(bytes(1))[0].decode('latin-1')}”" for chunk in metadata.texts]
    profile = metadata.profile
    spoken = _IN_A_PROFILE & set(metadata.colour)
    if spoken and (profile is None or b"cICP" in spoken):
        made = profile_of_chunks(metadata.colour, grey)
        profile = made or profile
        said = [_COLOUR[kind] for kind in metadata.colour if kind in spoken]
        kept += [name + _AS_PROFILE for name in said] if made else []
        dropped += [] if made else said
        spoken = set()
    dropped += [_COLOUR[kind] for kind in metadata.colour if kind in spoken or kind not in _IN_A_PROFILE]
    return Kept(replace(metadata, profile=profile, colour={}, texts=()), tuple(kept), tuple(dropped))


def _names(metadata: Metadata) -> list[str]:
    there = {
        "colour profile": metadata.profile,
        "EXIF": metadata.exif.main or metadata.exif.photo,
        "EXIF position (GPS)": metadata.exif.gps,
        "XMP": metadata.xmp,
        "resolution": metadata.density,
    }
    return [name for name, value in there.items() if value]
