"""Colour profiles for tests, made here so that none has to be shipped: ICC.1:2001-04, matrix and grey types."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

_D50 = (0.9642, 1.0, 0.8249)
_ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_WIDE = ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249))


def write_all(folder: Path) -> None:
    """Fill a new `folder`: adobe.icc, odd.icc (another gamma for each primary), straight.icc (gamma 1), grey.icc."""
    folder.mkdir()
    (folder / "adobe.icc").write_bytes(_profile(b"RGB ", _matrix(_ADOBE, (2.19921875,) * 3)))
    (folder / "odd.icc").write_bytes(_profile(b"RGB ", _matrix(_WIDE, (1.8, 2.2, 2.6))))
    (folder / "straight.icc").write_bytes(_profile(b"RGB ", _matrix(_WIDE, (1.0,) * 3)))
    (folder / "grey.icc").write_bytes(_profile(b"GRAY", {b"kTRC": _curve(1.8)}))


def _matrix(primaries: Sequence[Sequence[float]], gammas: Sequence[float]) -> dict[bytes, bytes]:
    columns = {name + b"XYZ": _xyz(primary) for name, primary in zip((b"r", b"g", b"b"), primaries, strict=True)}
    curves = {name + b"TRC": _curve(gamma) for name, gamma in zip((b"r", b"g", b"b"), gammas, strict=True)}
    return {**columns, **curves}


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def _profile(colours: bytes, tags: dict[bytes, bytes]) -> bytes:
    name = b"Test profile\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    tags = {b"desc": described, b"cprt": b"text\0\0\0\0CC0\0", b"wtpt": _xyz(_D50), **tags}
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for signature, content in tags.items():
        table += signature + struct.pack(">II", start + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    date = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head = struct.pack(">I", start + len(data)) + bytes(4) + b"\x02\x40\0\0mntr" + colours + b"XYZ " + date + b"acsp"
    light = struct.pack(">3i", *(round(value * 65536) for value in _D50))
    return head.ljust(68, b"\0") + light + bytes(48) + table + data
