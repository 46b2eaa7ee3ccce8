"""Which objects look the same in a grey picture: decided by the art."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.tensors import LUMA_WEIGHTS

_SIDE = 48
#: Least overlap of the outlines and least correlation of the shading of two objects that look the same.
_OUTLINES = 0.865
_SHADING = 0.65

Floats = NDArray[np.floating[Any]]


def look_alikes(pictures: Mapping[str, Image.Image]) -> dict[str, frozenset[str]]:
    """For every name the others that it cannot be told from without colour; pictures are RGBA."""
    drawn = {name: _grey(picture) for name, picture in pictures.items()}
    return {
        name: frozenset(other for other in drawn if other != name and _same(drawn[name], drawn[other]))
        for name in drawn
    }


def _grey(picture: Image.Image) -> tuple[Floats, Floats]:
    """Premultiplied luma and alpha, (_SIDE, _SIDE) each, the longer side filling it."""
    scale = _SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    canvas = Image.new("RGBa", (_SIDE, _SIDE))
    small = picture.convert("RGBa").resize(size, Image.Resampling.BOX)
    canvas.paste(small, ((_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2))
    pixels = np.asarray(canvas, np.float32) / 255
    return pixels[:, :, :3] @ np.array(LUMA_WEIGHTS, np.float32), pixels[:, :, 3]


def _same(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> bool:
    (luma, alpha), (other_luma, other_alpha) = first, second
    for step in (1, -1):
        mirrored, outline = other_luma[:, ::step], other_alpha[:, ::step]
        both = (alpha > 0.5) & (outline > 0.5)
        overlap = np.minimum(alpha, outline).sum() / np.maximum(alpha, outline).sum()
        if overlap >= _OUTLINES and np.corrcoef(luma[both], mirrored[both])[0, 1] >= _SHADING:
            return True
    return False
