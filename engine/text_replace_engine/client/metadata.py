"""What a picture file says beside its pixels: collected with tolerance, and made true for the upright picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from text_replace_engine.client import profiles, xmp
from text_replace_engine.client.exif import (
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
    Exif,
    ReadExif,
    read_exif,
)
from text_replace_engine.client.png_chunks import Chunk
from text_replace_engine.client.tiff_directories import RATIONAL, integers

_INCH = 0.0254  # metres
_UNITS = {2: _INCH, 3: 0.01}


@dataclass(frozen=True)
class Density:
    """Pixels a metre across and down; or, if not `absolute`, the shape of a pixel only."""

    x: int
    y: int
    absolute: bool = True


@dataclass(frozen=True)
class Metadata:
    """What OUT may keep of IN.

    profile: ICC. colour: the data of a PNG's cICP, sRGB, gAMA, cHRM, mDCV and cLLI. texts: a PNG's. orientation: 1 to
    8, how the pixels are turned. dropped: names, for the user, of what there was and is not here.
    """

    profile: bytes | None = None
    colour: Mapping[bytes, bytes] = field(default_factory=dict)
    exif: Exif = Exif()
    xmp: bytes | None = None
    density: Density | None = None
    texts: tuple[Chunk, ...] = ()
    orientation: int = 1
    dropped: tuple[str, ...] = ()

    def upright(self) -> Metadata:
        """Of the picture after its orientation was applied."""
        if self.orientation == 1:
            return self
        density = self.density
        if density is not None and self.orientation > 4:
            density = Density(density.y, density.x, density.absolute)
        return replace(self, density=density, orientation=1, dropped=(*self.dropped, "orientation (applied)"))


class Collector:
    """Takes what a reader finds, the most reliable source first; later ones only fill in what is missing."""

    def __init__(self) -> None:
        self._profile: bytes | None = None
        self._exif: ReadExif | None = None
        self._xmp: bytes | None = None
        self._xmp_orientation = 1
        self._density: Density | None = None
        self._dropped: list[str] = []
        self.colour: dict[bytes, bytes] = {}
        self.texts: list[Chunk] = []

    @property
    def profile(self) -> bytes | None:
        """As it is in the file, for conversions."""
        return self._profile

    def lose(self, *names: str) -> None:
        """OUT will not have what `names` say."""
        self._dropped += (name for name in names if name not in self._dropped)

    def add_profile(self, profile: bytes | None) -> None:
        """An ICC profile; None: one that cannot be unpacked."""
        if profile is None or profiles.colours_of(profile) is None:
            self.lose("colour profile (damaged)")
        elif self._profile is None:
            self._profile = profile

    def add_exif(self, block: bytes) -> None:
        """An EXIF block."""
        exif = read_exif(block)
        if exif is None:
            self.lose("EXIF (damaged)")
        else:
            self.add_tags(exif)

    def add_tags(self, exif: ReadExif) -> None:
        """EXIF that was read already."""
        if self._exif is None:
            self._exif = exif
            self.lose(*exif.dropped)

    def add_xmp(self, packet: bytes) -> None:
        """An XMP packet."""
        if self._xmp is not None:
            return
        sound = xmp.cleaned(packet)
        if sound is None:
            self.lose("XMP (damaged)")
        else:
            self._xmp, self._xmp_orientation = sound

    def add_density(self, density: Density | None) -> None:
        """Taken where both numbers are possible, and rather pixels a metre than a shape."""
        if density is None or not (0 < density.x < 2**31 and 0 < density.y < 2**31):
            return
        if self._density is None or (density.absolute and not self._density.absolute):
            self._density = density

    def metadata(self, grey: bool, converted: bool = False) -> Metadata:
        """Of a grey or RGB picture; `converted`: its pixels were made sRGB."""
        exif, profile, colour = Exif(), self._profile, dict(self.colour)
        orientation = self._xmp_orientation
        if self._exif is not None:
            exif = self._exif.exif
            orientation = self._exif.orientation if self._exif.has_orientation else orientation
            self.add_density(density_of(self._exif))
        if converted:
            exif, profile, colour = exif.without_colour_space(), profiles.srgb(), {}
            if self._profile is not None:
                self.lose("colour profile (the colours are sRGB now)")
        # Grey pictures with a profile of RGB are common, and programs know what to do.
        elif profile is not None and profiles.colours_of(profile) not in (("GRAY", "RGB") if grey else ("RGB",)):
            self.lose(f"colour profile (it is for {profiles.colours_of(profile)}, not for these pixels)")
            profile = None
        return Metadata(
            profile, colour, exif, self._xmp, self._density, tuple(self.texts), orientation, tuple(self._dropped)
        )


def density_of(exif: ReadExif) -> Density | None:
    """What an EXIF block, or a TIFF, says of pixels an inch or a centimetre."""
    order = exif.exif.order
    unit = (integers(exif.tags.get(RESOLUTION_UNIT), order) or (2,))[0]
    values = []
    for tag in (X_RESOLUTION, Y_RESOLUTION):
        entry = exif.tags.get(tag)
        if entry is None or entry.type != RATIONAL:
            return None
        above, below = (int.from_bytes(entry.data[at : at + 4], "little" if order == "<" else "big") for at in (0, 4))
        values.append(above / below if below else 0.0)
    absolute = unit in _UNITS
    scale = 1 / _UNITS[unit] if absolute else 1000
    return Density(round(values[0] * scale), round(values[1] * scale), absolute)


def per_inch(x: float, y: float) -> Density:
    """Of pixels an inch."""
    return Density(round(x / _INCH), round(y / _INCH))


def inches_of(ppm: int) -> int | None:
    """The whole number of pixels an inch that `ppm`, pixels a metre, was rounded from; None where there is none."""
    dpi = round(ppm * _INCH)
    return dpi if round(dpi / _INCH) == ppm else None
