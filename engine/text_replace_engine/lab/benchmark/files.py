"""Pictures and masks of cases in files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from text_replace_engine.client.images import DecodedPicture, encode_picture, read_grey, read_picture
from text_replace_engine.lab.benchmark.case import Pixels


def read_opaque(path: Path) -> Pixels:
    """A picture, grey (h, w, 1) or RGB (h, w, 3); transparency is left out. Raises BadImage and TooLarge."""
    return _opaque(read_picture(path).pixels)


def rgb(pixels: Pixels) -> Pixels:
    """RGB (h, w, 3) of (h, w, c) with c = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; a copy."""
    copied: Pixels = np.broadcast_to(_opaque(pixels), (*pixels.shape[:2], 3)).copy()
    return copied


def _opaque(pixels: Pixels) -> Pixels:
    return pixels[:, :, :1] if pixels.shape[2] < 3 else pixels[:, :, :3]


def encode_rgb(pixels: Pixels, is_edited: bool = True) -> bytes:
    """A picture (h, w, 3) as a PNG, which says so where generative AI edited it."""
    return encode_picture(pixels, DecodedPicture(pixels), ".png", mark=is_edited).data


def read_mask(path: Path, picture: Path) -> Pixels:
    """The mask (h, w), 0 to 255, of a picture. Raises BadImage and TooLarge."""
    return read_grey(path, read_picture(picture).size, "the mask")


def stamp(paths: Sequence[Path], text: str = "") -> str:
    """Changes with the files' bytes and the text. Raises OSError."""
    digest = hashlib.sha256(text.encode())
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
