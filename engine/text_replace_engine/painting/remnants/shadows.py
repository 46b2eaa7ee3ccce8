"""The shadow that an object casts on the ground behind it: a soft, shifted copy of its outline that darkens all colours
by the same share, over a ground that changes slowly, or with its tint.

Logarithms of colours are a ground plus a·T, where T is one of a few soft, shifted copies of the outline. Ground and a
are fitted together by least squares, for each T; the T that explains most is taken where a is surely not 0. How sure
that is follows from how far what is left over, such as the texture of the ground, hangs together.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.painting.gone import DRAWN, CastShadow

Floats = NDArray[np.floating[Any]]
_Copy = tuple[float, float, float]
Mask = NDArray[np.bool_]

#: Softness (the standard deviation of a Gaussian) and shifts of the copies, as shares of the object's longer side.
_SOFTNESS, _RIGHT, _DOWN = (0.03, 0.06, 0.09), (-0.05, 0.0, 0.05), (0.02, 0.05, 0.08)
#: Added to colours in [0, 1] before the logarithm, in which dark noise would be everything.
_BLACK = 0.03
#: The ground is the sum of a piecewise linear function of y and one of x, with so many knots each: horizons, gradients.
_KNOTS = 9
_RIDGE = 1e-3
#: Less variance of the tint, the share of each colour in a pixel, is noise.
_ONE_TINT = 1e-4
#: Around the outline, as shares of the longer side: where the object's own edge may be, and from where on hardly any
#: shadow is.
_EDGE, _FAR, _NEARER = 0.03, 0.28, 0.15
_LEAST_FAR = 200
#: What differs from the ground by more, in standard deviations and in logarithms, is something else.
_TURNS, _OUTLIER, _TINTED, _BRIGHTER, _BLACKEST = 10, 4.0, 0.03, 0.03, -0.75
#: The same where the shadow is known, which has texture in it.
_UNLIKE = 0.1
#: From here on a is not 0, in its standard deviations; and its spread over the three colours, relative to it, is that
#: of a shadow up to there, and up to so much for each of these.
_SURE, _SAME_FOR_ALL, _SAME_FOR_EACH = 3.5, 0.5, 0.04
#: A fit that takes more than this of the light has found something else.
_MOST = 0.55
#: The darkening, of colours in [0, 1], that is painted over: less than can be seen.
_SEEN = 0.012
_DARKEST = 0.9
#: Where it surely darkens by less, as a share of the light, there is no shadow.
_NONE = 0.03


@dataclass(frozen=True)
class _Fit:
    """copy: softness and shift of the one that explains most; share: −a; sureness: it in standard deviations; spread:
    over the colours, relative to it. shape: T of that copy, (h, w). unlike: what is neither ground nor ground in that
    shadow, (h, w).
    """

    copy: _Copy
    share: float
    sureness: float
    spread: float
    shape: Floats
    unlike: Mask


@dataclass(frozen=True)
class Shadow:
    """Of one object. seen: where it visibly darkens the ground, (h, w); cast: how it falls. Nowhere, or None, where
    that is not sure.
    """

    seen: Mask
    cast: CastShadow | None


def shadow(image: Tensor, object_mask: Mask, others: Mask) -> Shadow:
    """The shadow of an object (h, w) in a picture RGB (1, 3, h, w) in [0, 1]. others: what is certainly not ground,
    (h, w).
    """
    unknown = Shadow(np.zeros_like(object_mask), None)
    zone, far = _around(object_mask, others)
    if not far.any() or zone.sum() < _LEAST_FAR:
        return unknown
    picture = image[0].permute(1, 2, 0).numpy()
    colours = np.log(picture + _BLACK).reshape(-1, 3).astype(np.float32)
    ground = np.concatenate([_ground(*object_mask.shape), _by_tint(picture, zone)], 1)
    like = _like_ground(colours, ground, far.ravel())
    weights = (zone.ravel() & like).astype(np.float32)
    found = _fitted(colours, ground, weights, object_mask, list(itertools.product(_SOFTNESS, _RIGHT, _DOWN)))
    if found is None:
        return unknown
    softness, right, down = map(_nearer, found.copy, (_SOFTNESS, _RIGHT, _DOWN))
    found = _fitted(colours, ground, weights, object_mask, list(itertools.product(softness, right, down))) or found
    longest = max(bounding_box(object_mask).size)
    if found.sureness < _SURE or found.spread > min(_SAME_FOR_ALL, _SAME_FOR_EACH * found.sureness):
        least = DRAWN * found.share * (1 + 2 / max(found.sureness, 1e-6)) < _NONE
        return Shadow(unknown.seen, _cast(found.copy, longest, 0.0) if least else None)
    dark = np.minimum(1 - np.exp(-found.share * found.shape), _DARKEST)
    # The object's own edge is neither.
    spared = ndimage.binary_opening(found.unlike & zone)
    seen: Mask = (picture.max(-1) * dark / (1 - dark) > _SEEN) & ~object_mask & ~others & ~spared
    known = 1 - (1 - DRAWN) ** found.share < _MOST
    return Shadow(seen, _cast(found.copy, longest, found.share) if known else None)


def _cast(copy: _Copy, longest: int, power: float) -> CastShadow:
    softness, right, down = (share * longest for share in copy)
    return CastShadow(softness, right, down, power)


def _around(object_mask: Mask, others: Mask) -> tuple[Mask, Mask]:
    """What is fitted, and of that what no shadow reaches."""
    longest = max(bounding_box(object_mask).size)
    distance = ndimage.distance_transform_edt(~object_mask)
    free = ~ndimage.binary_dilation(others, iterations=2) if others.any() else ~others
    zone = (distance > max(1.5, _EDGE * longest)) & free
    far = zone & (distance > _FAR * longest)
    return zone, far if far.sum() >= _LEAST_FAR else zone & (distance > _NEARER * longest)


def _ground(height: int, width: int) -> Floats:
    """The functions of which the ground is a sum, (h·w, n)."""

    def hats(length: int) -> Floats:
        places = np.linspace(0, _KNOTS - 1, length)[:, None]
        hat: Floats = np.clip(1 - np.abs(places - np.arange(_KNOTS)), 0, None)
        return hat

    down, across = np.repeat(hats(height), width, 0), np.tile(hats(width), (height, 1))
    rows, columns = np.mgrid[:height, :width]
    twist = ((rows / height - 0.5) * (columns / width - 0.5)).reshape(-1, 1)
    return np.concatenate([down, across, twist], 1).astype(np.float32)


def _by_tint(picture: Floats, zone: Mask) -> Floats:
    """Functions of the main tint of a picture (h, w, 3), which no shadow changes, and of the place: what is lighter or
    darker with it, as the sky beside the ground, or one colour of a pattern, (h·w, n); none where all is of one tint.
    """
    tints = (picture / (picture.sum(2, keepdims=True) + _BLACK / 10)).reshape(-1, 3)
    tints = tints - np.median(tints[zone.ravel()], 0)
    values, vectors = np.linalg.eigh(np.cov(tints[zone.ravel()], rowvar=False))
    if values[-1] < _ONE_TINT:
        return np.zeros((len(tints), 0), np.float32)
    along = np.clip(tints @ vectors[:, -1] / np.sqrt(values[-1]), -3, 3)[:, None]
    rows, columns = (axis.reshape(-1, 1) / max(zone.shape) - 0.5 for axis in np.mgrid[: zone.shape[0], : zone.shape[1]])
    return np.concatenate([along, along**2, along * rows, along * columns], 1).astype(np.float32)


def _like_ground(colours: Floats, ground: Floats, far: Mask) -> Mask:
    """Where colours (h·w, 3) may be ground, lit or in the shade, by what it is like where no shadow reaches:
    iteratively reweighted least squares with Tukey's weights.
    """
    weights = far.astype(np.float32)
    for _ in range(_TURNS):
        left = colours - ground @ _solved(ground, weights, colours)
        away = np.sqrt(np.square(left).sum(1))
        deviation = 1.4826 * float(np.median(away[far & (weights > 0)])) / 1.5 + 0.01
        weights = far * np.square(np.clip(1 - np.square(away / (_OUTLIER * deviation)), 0, None)).astype(np.float32)
    lighter, tint = _difference(left)
    like: Mask = (tint < _OUTLIER * deviation + _TINTED) & (lighter < 3 * deviation + _BRIGHTER) & (lighter > _BLACKEST)
    return like


def _difference(left: Floats) -> tuple[Floats, Floats]:
    """By how much colours (h·w, 3) are lighter than the ground, and how far from its tint, (h·w,) each."""
    lighter: Floats = left.mean(1)
    return lighter, np.sqrt(np.square(left - lighter[:, None]).sum(1))


def _solved(ground: Floats, weights: Floats, colours: Floats) -> Floats:
    """How much of each function the ground of these colours (h·w, 3) has, (n, 3), by weighted least squares."""
    weighted = ground * weights[:, None]
    normal = weighted.T @ ground
    normal[np.diag_indices_from(normal)] += _RIDGE * weights.sum() / len(normal)
    solution: Floats = np.linalg.solve(normal, weighted.T @ colours)
    return solution


def _nearer(value: float, all_of: Sequence[float]) -> list[float]:
    """Values half as far apart as all of them, around one of them."""
    apart = (all_of[1] - all_of[0]) / 2
    return [each for each in (value - apart, value, value + apart) if all_of[0] <= each <= all_of[-1]]


def _drawn(object_mask: Mask, copies: Sequence[_Copy]) -> Floats:
    """T of every copy, (h·w, n)."""
    longest = max(bounding_box(object_mask).size)
    drawn = []
    for softness, alike in itertools.groupby(copies, key=itemgetter(0)):
        soft = ndimage.gaussian_filter(object_mask.astype(np.float32), softness * longest, mode="constant", truncate=3)
        for _, right, down in alike:
            moved = ndimage.shift(soft, (down * longest, right * longest), order=1)
            drawn.append(-np.log(1 - DRAWN * moved).ravel())
    return np.stack(drawn, 1)


def _fitted(
    colours: Floats, ground: Floats, weights: Floats, object_mask: Mask, copies: Sequence[_Copy]
) -> _Fit | None:
    """The copy that explains most; None where hardly any ground is seen."""
    if (weights > 0).sum() < _LEAST_FAR:
        return None
    size, drawn = object_mask.shape, _drawn(object_mask, copies)
    for turn in range(2):
        roots = np.sqrt(weights)[:, None]
        ridge = np.eye(ground.shape[1], dtype=np.float32) * 1e-2 * np.sqrt(weights.sum()) / 4
        basis = np.linalg.qr(np.concatenate([ground * roots, ridge]))[0][: len(ground)]
        own, wanted = (each * roots - basis @ (basis.T @ (each * roots)) for each in (drawn, colours))
        power = np.square(own).sum(0) + 1e-9
        slopes = own.T @ wanted / power[:, None]
        mean = slopes.mean(1)
        best = int(np.where(mean < 0, np.square(mean) * power, 0).argmax())
        left = wanted - own[:, [best]] * mean[best]
        if turn == 0:
            away = np.sqrt(np.square(left).sum(1))
            deviation = 1.4826 * float(np.median(away[weights > 0])) / 1.5 + 0.008
            weights = weights * np.square(np.clip(1 - np.square(away / (5 * deviation + 0.05)), 0, None))
    if mean[best] >= 0:
        return _Fit(copies[best], 0.0, 0.0, 0.0, drawn[:, best].reshape(size), np.zeros(size, bool))
    inside = (weights > 0).astype(np.float32).reshape(size)
    error = left.mean(1).reshape(size) * inside
    variance = _variance(own[:, best].reshape(size) * inside, error, inside) / power[best] ** 2
    sureness = -mean[best] / np.sqrt(variance + 1e-9)
    spread = slopes[best].std() / -mean[best]
    shape = drawn[:, best]
    lit = colours - mean[best] * shape[:, None]
    lighter, tint = _difference(lit - ground @ _solved(ground, weights, lit))
    # Darker still is more of the shadow.
    unlike = np.maximum(lighter, tint) > _OUTLIER * deviation + _UNLIKE
    return _Fit(
        copies[best], float(-mean[best]), float(sureness), float(spread), shape.reshape(size), unlike.reshape(size)
    )


def _variance(shape: Floats, error: Floats, inside: Floats) -> float:
    """Of the sum of shape · error, all (h, w), where errors of neighbouring pixels hang together as these do: the sum
    over all shifts of the autocorrelations of both.
    """
    padded = (2 * shape.shape[0], 2 * shape.shape[1])

    def autocorrelation(plane: Floats) -> Floats:
        spectrum = np.fft.rfft2(plane, padded)
        return np.fft.irfft2(np.square(np.abs(spectrum)), padded)

    counts = np.maximum(autocorrelation(inside), 0.02 * inside.sum() + 1e-9)
    together = float((autocorrelation(shape) * autocorrelation(error) / counts).sum())
    apart = float(np.square(error).sum() / max(1.0, inside.sum()) * np.square(shape).sum())
    return max(together, apart / 2)
