"""How much of an object has the colour that a word says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.cielab import Floats, cielab
from text_replace_engine.colour_words import Colour, Range, colour_named


def share(image: Tensor, pixels: NDArray[np.bool_], words: str) -> float:
    """How much of an object's pixels (h, w) in an image RGB (1, 3, h, w) in [0, 1] is “red”, or “dark blue”: 0 to 1.

    Raises ValueError for words that say no colour; 0 where the object has no pixels.
    """
    colour = colour_named(words)
    if colour is None:
        raise ValueError(f"{words!r} is no colour")
    if not pixels.any():
        return 0.0
    box = bounding_box(pixels)
    place = slice(box.y0, box.y1), slice(box.x0, box.x1)
    return float(has(cielab(image[..., place[0], place[1]])[pixels[place]], colour).mean())


def has(lab: Floats, colour: Colour) -> NDArray[np.bool_]:
    """Which of the colours (…, 3) in CIELAB are called so."""
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    inside = _between(lab[..., 0], colour.lightness) & _between(chroma, colour.chroma)
    if colour.hue is not None:
        first, last = colour.hue
        hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
        inside &= (hue - first) % 360 <= (last - first) % 360
    return inside


def _between(values: Floats, ends: Range) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (ends[0] <= values) & (values <= ends[1])
    return inside
