"""Recolour: an object that was painted, in another colour. Its main hue is turned to the one that is wanted, with its
shading; what has other hues in it (wheels, windows, eyes) stays. In CIELAB, as lightness, chroma and hue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from text_replace_engine.cielab import Floats, cielab, from_cielab
from text_replace_engine.colour_share import has
from text_replace_engine.colour_words import Colour

# Chosen by looking at the starter's 68 objects in every colour of the list.
#: Where an object has this colour in as large a share of its main colour, it is left as it is.
_HAS_IT = 0.8
#: Less chroma is grey, to the eye. An object is grey by nature where so many times as much of it is grey as has its
#: commonest hue, or that has less than this chroma.
_GREY, _TIMES, _WEAK = 16.0, 1.5, 31.0
#: Darker greys are outlines, eyes and tyres.
_BLACK = 25.0
#: Hues as common as this, in shares of the commonest, belong to it, up to so many degrees away.
_COMMON, _WIDEST = 0.06, 75
#: Degrees and chroma over which what belongs to the main colour fades into what does not.
_FADE, _CHROMA_FADE = 20.0, 12.0
#: What is left of the differences between hues inside the main colour.
_HUES_KEPT = 0.3
#: How far lightness goes towards what is typical of the colour, and how far from the ends of its range it stays.
_TOWARDS, _FROM_ENDS = 0.5, 0.3
_LEAST_FACTOR, _MOST_FACTOR = 0.05, 3.0


@dataclass(frozen=True)
class _Main:
    """An object's main colour: medians of lightness and chroma; hue: degrees; None: it is grey. width: how far in
    degrees hues before and after that still belong to it.
    """

    lightness: float
    chroma: float
    hue: float | None
    width: tuple[float, float] = (0.0, 0.0)


def recoloured(lab: Floats, weight: Floats, colour: Colour) -> Floats:
    """Colours (h, w, 3) in CIELAB with an object in `colour`. weight: how much of a pixel is the object's, (h, w) in
    [0, 1].
    """
    inside = weight > 0.5
    if not inside.any():
        return lab
    main = _main_colour(lab[inside])
    belongs = weight * _belonging(lab, main)
    core = inside & (belongs > 0.5)
    if not core.any() or has(lab[core], colour).mean() >= _HAS_IT:
        return lab
    lightness, chroma, hue = _lch(lab)
    new_lightness = _lightness(lightness, main.lightness, colour)
    chromas, hues = _chroma_and_hue(new_lightness, chroma, hue, main, colour)
    angle = np.radians(hues)
    new = np.stack([new_lightness, chromas * np.cos(angle), chromas * np.sin(angle)], -1)
    changed: Floats = (lab + belongs[..., None] * (new - lab)).astype(np.float32)
    return changed


def _main_colour(colours: Floats) -> _Main:
    lightness, chroma, hue = _lch(colours)
    coloured, grey = (chroma > _GREY) & (lightness > _BLACK), (chroma <= _GREY) & (lightness > _BLACK)
    if coloured.any():
        counts = np.bincount(hue[coloured].astype(int) % 360, np.sqrt(chroma[coloured]), 360)
        density = ndimage.gaussian_filter1d(counts, 6, mode="wrap")
        peak = int(density.argmax())
        common = density >= _COMMON * density[peak]
        before, after = (
            next((step for step in range(1, _WIDEST) if not common[(peak + way * step) % 360]), _WIDEST)
            for way in (-1, 1)
        )
        away = (hue - peak + 180) % 360 - 180
        own = coloured & (away >= -before) & (away <= after)
        median = float(np.median(chroma[own]))
        if median >= _WEAK and grey.sum() <= _TIMES * own.sum():
            return _Main(float(np.median(lightness[own])), median, float(peak), (before, after))
        grey |= own & (chroma < _WEAK)
    if not grey.any():
        grey = ~coloured
    # Of black and white it is the white that is given a colour.
    return _Main(float(np.percentile(lightness[grey], 60)), float(np.median(chroma[grey])), None)


def _belonging(lab: Floats, main: _Main) -> Floats:
    """How much each of the colours (…, 3) is of the main colour, (…) in [0, 1]."""
    _, chroma, hue = _lch(lab)
    if main.hue is None:
        return (1 - (chroma - _WEAK) / _FADE).clip(0, 1)
    away = (hue - main.hue + 180) % 360 - 180
    beyond = np.maximum(-away - main.width[0], away - main.width[1])
    of_hue = (1 - beyond / _FADE).clip(0, 1)
    # Highlights and shadows have hardly a hue, but are as grey in any colour.
    coloured = (chroma / _CHROMA_FADE).clip(0, 1)
    belonging: Floats = of_hue * coloured
    return belonging


def _lightness(lightness: Floats, median: float, colour: Colour) -> Floats:
    """Moved so that the median is typical of the colour; black and white stay, and so what is between keeps its
    order.
    """
    first, last = colour.lightness
    margin = _FROM_ENDS * (last - first)
    wanted = min(max(median + _TOWARDS * (colour.typical[0] - median), first + margin), last - margin)
    power = np.log(wanted / 100) / np.log(min(max(median, 2.0), 98.0) / 100)
    moved: Floats = 100 * (lightness.clip(0, 100) / 100) ** power
    return moved


def _chroma_and_hue(
    lightness: Floats, chroma: Floats, hue: Floats, main: _Main, colour: Colour
) -> tuple[Floats, Floats]:
    _, typical, wanted = colour.typical
    if wanted is None:
        return chroma * min(1.0, typical / max(main.chroma, 1.0)), hue
    if main.hue is None:
        # As much as a painted surface has: most in the middle, none in black.
        given = typical * np.sqrt((lightness / 60).clip(0, 1))
        return np.minimum(given, _most_chroma(lightness, np.full_like(hue, wanted))), np.full_like(hue, wanted)
    factor = min(max(typical / main.chroma, _LEAST_FACTOR), _MOST_FACTOR)
    away = (hue - main.hue + 180) % 360 - 180
    turned = wanted + _HUES_KEPT * away
    return np.minimum(chroma * factor, _most_chroma(lightness, turned)), turned


def _most_chroma(lightness: Floats, hue: Floats) -> Floats:
    """The most that sRGB has at these lightnesses and hues."""
    table = _gamut()
    most: Floats = ndimage.map_coordinates(table, [lightness, hue % 360 / 5], order=1, mode="nearest")
    return most


@lru_cache(maxsize=1)
def _gamut() -> Floats:
    """The most chroma of sRGB, by lightness (101) and hue in steps of 5 degrees (73)."""
    lightness, chroma, hue = np.meshgrid(np.arange(101), np.arange(0, 136, 2), np.arange(0, 361, 5), indexing="ij")
    angle = np.radians(hue)
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], -1).astype(np.float32)
    flat = lab.reshape(101, -1, 3)
    back = np.linalg.norm(cielab(from_cielab(flat)) - flat, axis=-1).reshape(chroma.shape)
    inside = np.cumprod(back < 1.0, axis=1)
    most: Floats = (2.0 * (inside.sum(1) - 1).clip(0)).astype(np.float32)
    return most


def _lch(lab: Floats) -> tuple[Floats, Floats, Floats]:
    """Lightness, chroma, and hue in degrees from 0 to 360."""
    return lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]), np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
