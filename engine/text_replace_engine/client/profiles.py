"""ICC profiles (ICC.1:2022): which colours they are for, and those that are made for want of one."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

_XYZ = NDArray[np.float64]
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
#: White, red, green, blue, each x and y: sRGB's, and by their number in ITU-T H.273, table 2.
_SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_PRIMARIES = {
    1: _SRGB,
    5: (0.3127, 0.3290, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (0.3127, 0.3290, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    7: (0.3127, 0.3290, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    9: (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_BT709_CURVE = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
#: Parameters of the curve by their number in table 3: the exponent, or all five of sRGB's form. PQ and HLG have none.
_CURVES: Mapping[int, tuple[float, ...]] = {
    1: _BT709_CURVE,
    4: (2.2,),
    5: (2.8,),
    6: _BT709_CURVE,
    8: (1.0,),
    13: _SRGB_CURVE,
    14: _BT709_CURVE,
    15: _BT709_CURVE,
}
#: The gamma chunk that programs take for sRGB.
_SRGB_GAMMA = 45455


def colours_of(profile: bytes) -> str | None:
    """“RGB”, “GRAY”, “CMYK”, …: the colours that a profile is for; None where it is no profile."""
    if len(profile) < 132 or profile[36:40] != b"acsp" or struct.unpack_from(">I", profile)[0] > len(profile):
        return None
    return profile[16:20].decode("latin-1").strip()


def opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    """The profile for conversions. Raises PyCMSError, or OSError, where it is damaged."""
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


@cache
def srgb() -> bytes:
    """The profile of sRGB, the same bytes every time."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + made[36:]


def profile_of_chunks(chunks: Mapping[bytes, bytes], grey: bool) -> bytes | None:
    """The profile that says what a PNG's cICP, sRGB, gAMA and cHRM say; None where none can."""
    if b"cICP" in chunks:
        primaries, transfer, matrix, full_range = chunks[b"cICP"]
        if primaries not in _PRIMARIES or transfer not in _CURVES or (matrix, full_range) != (0, 1):
            return None
        return _made(_PRIMARIES[primaries], _CURVES[transfer], grey)
    if b"sRGB" in chunks:
        return _made(_SRGB, _SRGB_CURVE, grey) if grey else srgb()
    curve: tuple[float, ...] = _SRGB_CURVE
    if b"gAMA" in chunks:
        (gamma,) = struct.unpack(">I", chunks[b"gAMA"])
        curve = _SRGB_CURVE if gamma == _SRGB_GAMMA else (1e5 / gamma,)
    places = _SRGB
    if b"cHRM" in chunks:
        places = tuple(value / 1e5 for value in struct.unpack(">8I", chunks[b"cHRM"]))
    try:
        return _made(places, curve, grey)
    # Chromaticities on one line span no colours; an exponent may be too large for a profile's numbers.
    except (np.linalg.LinAlgError, ZeroDivisionError, struct.error, OverflowError, ValueError):
        return None


def _made(places: tuple[float, ...], curve: tuple[float, ...], grey: bool) -> bytes:
    trc = b"para" + struct.pack(">IHH", 0, 3 if len(curve) > 1 else 0, 0) + _fixed(*curve)
    tags = {
        b"desc": _text("Made from the picture's own colour chunks"),
        b"cprt": _text("Public domain"),
        b"wtpt": _xyz_tag(_D50),
    }
    if grey:
        tags[b"kTRC"] = trc
    else:
        white, *columns = (_xyz(x, y) for x, y in zip(places[::2], places[1::2], strict=True))
        adapted = _adaptation(white)
        matrix = np.stack(columns, 1)
        colorants = adapted @ (matrix * np.linalg.solve(matrix, white))
        tags[b"chad"] = b"sf32" + bytes(4) + _fixed(*adapted.ravel())
        tags |= {name + b"XYZ": _xyz_tag(colorants[:, index]) for index, name in enumerate((b"r", b"g", b"b"))}
        tags |= {name + b"TRC": trc for name in (b"r", b"g", b"b")}
    return _assembled(tags, b"GRAY" if grey else b"RGB ")


def _xyz(x: float, y: float) -> _XYZ:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _adaptation(white: _XYZ) -> _XYZ:
    """From colours seen under `white` to colours under D50."""
    scale = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    adapted: _XYZ = np.linalg.inv(_BRADFORD) @ (scale[:, None] * _BRADFORD)
    return adapted


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(float(value) * 65536) for value in values))


def _xyz_tag(values: _XYZ) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(*values)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III4sII", 0, 1, 12, b"enUS", len(encoded), 28) + encoded


def _assembled(tags: Mapping[bytes, bytes], colours: bytes) -> bytes:
    table, body = [], b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table.append(struct.pack(">4sII", name, start + len(body), len(data)))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s6H4s", start + len(body), bytes(4), 0x04200000, b"mntr", colours, b"XYZ ", 2026, 1,
                       1, 0, 0, 0, b"acsp")  # fmt: skip
    head = head.ljust(68, b"\0") + _fixed(*_D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + b"".join(table) + body
