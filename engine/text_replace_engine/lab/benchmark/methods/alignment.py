"""Brings another tool's picture, of any size, back onto the original, of which it may be a crop or have borders around.

Which, and where, is decided by the background, which an edit hardly changes: by the correlation of its fine detail, for
brightness and smooth gradients are alike in many pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage, optimize

from text_replace_engine.lab.benchmark.methods.placements import Placement, Shape, shapes
from text_replace_engine.lab.quality import Mask, Pixels
from text_replace_engine.tensors import LUMA_WEIGHTS
from text_replace_wire.geometry import Box

#: Below this a picture is another one. Of 60 pairs of scenes none came to more than 0.23, of 60 scenes blurred, paled
#: and made noisy all to more than 0.3 (tests/MEASURED.md).
LEAST_CORRELATION = 0.3
#: Longest sides at which an offset is looked for, in pixels, each around the best of the one before.
_COARSE, _MIDDLE, _FINE = 64, 256, 1024
#: What is coarser than this many pixels is no detail; with less than so much of it, in 8-bit steps, a background says
#: nothing.
_DETAIL, _PLAIN = 3.0, 0.5
_SUBPIXEL = 0.02  # pixels
#: Tools crop at whole pixels: noise may make another place seem as near.
_AS_NEAR = 1.01

_Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Aligned:
    """pixels: RGB (h, w, 3) of the original's size, in `covers` the other picture's, around it the original's. how: see
    `placements.shapes`. correlation: of the background's detail, −1 to 1, None where there is none.
    """

    pixels: Pixels
    covers: Box
    how: str
    correlation: float | None


def aligned(original: Pixels, picture: Pixels, background: Mask) -> Aligned | None:
    """Another tool's picture RGB (h', w', 3) on the original RGB (h, w, 3), None where it is none of it. background:
    what of the original the tool should have left alone (h, w).
    """
    size = original.shape[1], original.shape[0]
    seen = Image.fromarray(picture)
    found = shapes(seen.size, size)
    middle = _Level(original, background, _MIDDLE)
    coarse = _Level(original, background, _COARSE)
    shares = [_refined(middle, seen, shape, _searched(coarse, seen, shape), coarse) for shape in found]
    correlations = [middle.correlation(seen, shape.at(share)) for shape, share in zip(found, shares, strict=True)]
    best = max(range(len(found)), key=lambda place: _or_least(correlations[place]))
    correlation, shape = correlations[best], found[best]
    # A plain background fits everywhere: then only a picture of the original's shape is known to be all of it.
    if len(found) > 1 if correlation is None else correlation < LEAST_CORRELATION:
        return None
    placement = shape.at(_exact(_Level(original, background, _FINE), seen, shape, shares[best], middle))
    covers = placement.covers(seen.size, size)
    pixels = original.copy()
    pixels[covers.y0 : covers.y1, covers.x0 : covers.x1] = np.asarray(placement.placed(seen, covers))
    return Aligned(pixels, covers, shape.how, correlation)


class _Level:
    """The original and its background at no more than `longest` pixels a side, to hold a picture against."""

    def __init__(self, original: Pixels, background: Mask, longest: int) -> None:
        height, width = background.shape
        self.scale = min(1.0, longest / max(height, width))
        self.size = max(1, round(width * self.scale)), max(1, round(height * self.scale))
        self._original, self._whole = original, background

    def correlation(self, picture: Image.Image, placement: Placement) -> float | None:
        """Of the detail of both in the background; None where there is none."""
        pair = self._pair(picture, placement)
        if pair is None:
            return None
        wanted, found, where = pair
        details = [(luma - ndimage.gaussian_filter(luma, _DETAIL))[where] for luma in (wanted, found)]
        first, second = (detail - detail.mean() for detail in details)
        if float(first.std()) < _PLAIN:
            return None
        return float((first * second).mean() / max(1e-6, first.std() * second.std()))

    def error(self, picture: Image.Image, placement: Placement) -> float:
        """The mean squared difference of both in the background, luma 0 to 255; infinite where there is none."""
        pair = self._pair(picture, placement)
        if pair is None:
            return np.inf
        wanted, found, where = pair
        return float(((wanted - found)[where] ** 2).mean())

    def _pair(self, picture: Image.Image, placement: Placement) -> tuple[_Floats, _Floats, Mask] | None:
        here = placement.scaled(self.scale)
        box = here.covers(picture.size, self.size)
        if box.is_empty():
            return None
        rows, columns = slice(box.y0, box.y1), slice(box.x0, box.x1)
        where = self._background[rows, columns]
        if not where.any():
            return None
        wanted = self._luma[rows, columns]
        # The object is the original's in both, so that its detail is none of the background's.
        return wanted, np.where(where, _luma(here.placed(picture, box)), wanted), where

    @cached_property
    def _luma(self) -> _Floats:
        return _luma(Image.fromarray(self._original).resize(self.size, Image.Resampling.BICUBIC, reducing_gap=3.0))

    @cached_property
    def _background(self) -> Mask:
        grey = Image.fromarray(self._whole.astype(np.uint8) * 255).resize(self.size, Image.Resampling.BOX)
        background: Mask = np.asarray(grey) == 255
        return background


def _searched(level: _Level, picture: Image.Image, shape: Shape) -> float:
    """The share at which the detail fits best, to a pixel of the level."""
    count = int(np.ceil(shape.span * level.scale))
    return _best(level, picture, shape, np.linspace(0, 1, max(3, count + 1)) if count else np.zeros(1))


def _refined(level: _Level, picture: Image.Image, shape: Shape, share: float, before: _Level) -> float:
    """The same to a pixel of this level, within one of the level before."""
    return _best(level, picture, shape, _around(level, shape, share, before))


def _exact(level: _Level, picture: Image.Image, shape: Shape, share: float, before: _Level) -> float:
    """The same to less than a pixel; a whole one where that is as near."""
    if not shape.span:
        return share

    def error(t: float) -> float:
        return level.error(picture, shape.at(t))

    near = min(_around(level, shape, share, before), key=error)
    pixel = 1 / (shape.span * level.scale)
    ends = max(0.0, near - pixel), min(1.0, near + pixel)
    options = {"xatol": _SUBPIXEL * pixel}
    between = float(optimize.minimize_scalar(error, bounds=ends, method="bounded", options=options).x)
    place = round(between * shape.steps)
    whole = min((min(max(near, 0), shape.steps) / shape.steps for near in range(place - 1, place + 2)), key=error)
    return whole if error(whole) <= _AS_NEAR * error(between) else between


def _around(level: _Level, shape: Shape, share: float, before: _Level) -> _Floats:
    if not shape.span:
        return np.array([share])
    reach = 1 / (shape.span * before.scale)
    count = 2 * int(np.ceil(level.scale / before.scale)) + 1
    return np.clip(np.linspace(share - reach, share + reach, count), 0, 1)


def _best(level: _Level, picture: Image.Image, shape: Shape, shares: _Floats) -> float:
    found = [_or_least(level.correlation(picture, shape.at(share))) for share in shares]
    return float(shares[int(np.argmax(found))])


def _or_least(correlation: float | None) -> float:
    return -np.inf if correlation is None else correlation


def _luma(picture: Image.Image) -> _Floats:
    return np.asarray(picture, np.float32) @ np.array(LUMA_WEIGHTS, np.float32)
