"""Ground continued into a hole with the picture's own pixels from beside it, as they are: a pattern goes on, a horizon
stays where it was, grain stays grain.

One shift of the picture at a time fills what it can (shift maps, Pritch et al. 2009,
https://doi.org/10.1109/ICCV.2009.5459159): the one that agrees best with what surrounds the hole. How it differs from
that on the average is spread over what it fills, as Pérez et al. 2003 do to the pixel
(https://doi.org/10.1145/882262.882269).
"""

from __future__ import annotations

import math
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.painting.filling import filled
from text_replace_engine.tensors import (
    blur,
    bounding_box,
    dilate,
    reduced_size,
    resample,
    sample_box,
    shifted,
    signed,
    unsigned,
    weighted_blur,
)

#: Shifts are looked for at no more than this many pixels a side.
_SIDE = 192
#: What surrounds the hole: so wide, as a share of the longer side of the picture. Most of it must be known where it is
#: shifted to.
_RING, _SEEN = 0.03, 0.4
#: How much the guess at what is in the hole counts, against what surrounds it.
_GUESS = 0.05
#: A shift fills at least this share of what is left; as many are tried.
_FILLS, _SHIFTS = 0.1, 16
#: Pixels by which a shift is refined at the picture's own size.
_COMPARED = 2048
#: An error so small, the squared difference of RGB, is as good as none; from the other one on, the guess is better.
_AGREES, _WORST = 0.0003, 0.1
#: Standard deviation of the Gaussian over which colours are averaged, as a share of the picture's longer side, or grain
#: that differs would be a smear; by how much at most a patch is tinted so that it agrees; and how far averages of the
#: same ground may be apart, here and in the guess.
_AVERAGED, _TINT, _ALIKE = 0.03, 0.1, 0.35
#: Standard deviation of the Gaussian by which a patch fades into the ones before, in pixels of where shifts are found.
_FADE = 2.0


def continued(image: Tensor, hole: Tensor, other: Tensor, guess: Tensor) -> Tensor:
    """The image (1, 3, h, w) in [0, 1] with other pixels wherever hole (1, 1, h, w) is above 0: its own ground, or
    where none is left for it what `guess` has, which is as the image. other: (1, 1, h, w), above 0 where there is no
    ground, or what is there will not be seen, so that in the hole anything may be there; no ground is taken from there.
    """
    visible = (other <= 0).to(image)
    left = (hole > 0) * visible
    result = torch.where(hole > 0, guess, image)
    if not bool((left > 0).any()):
        return result
    # Nothing else is filled, so that only this costs time in a huge picture.
    box = bounding_box(left)
    part = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
    native = (image.shape[-1], image.shape[-2])
    size = reduced_size(native[::-1], _SIDE)
    shown, ring = resample(visible, size), max(1, round(_RING * max(size)))
    meant = _averaged(resample(result, size), shown)
    for _ in range(_SHIFTS):
        # Down to a single pixel that is missing.
        missing = functional.adaptive_max_pool2d(left, size)
        if not bool((missing > 0).any()):
            break
        # What was filled before is seen, and taken from, as well: so edges go on step by step.
        around = dilate(missing, ring) * (1 - missing) * shown
        known = visible - left
        source = _Source(result, known, size)
        shift = source.best_shift(resample(result, size), missing, around)
        if shift is None:
            break
        by = _refined(shift, size, result, known, around)
        difference = sample_box(source.difference(shift), native, box)
        moved = shifted(result, by[0], by[1], box) + signed(difference)
        # The sky is no grass, however well it goes with what surrounds the whole.
        apart = (source.averaged(shift) - meant).abs().amax(1, keepdim=True)
        alike = 1 - sample_box(dilate((apart > _ALIKE).to(image), ring), native, box)
        there = shifted(known, by[0], by[1], box) * (alike > 0.5)
        fills = left[part] * there
        if not bool((fills > 0).any()):
            break
        # Into what was filled before it fades.
        faded = sample_box(blur(resample(left, size), _FADE), native, box) * (hole[part] > 0) * known[part]
        share = torch.maximum(fills, faded * there)
        result[part] = torch.lerp(result[part], moved.clamp(0, 1), share)
        left[part] -= fills
    if bool((left < (hole > 0) * visible).any()):
        # What nothing fits is little; what was filled around it is nearer to it than the guess.
        result[part] = torch.lerp(result[part], filled(result[part], left[part] + 1 - visible[part]), left[part])
    return result


def _refined(
    shift: tuple[int, int], size: tuple[int, int], picture: Tensor, known: Tensor, around: Tensor
) -> tuple[int, int]:
    """A shift that was found at a smaller `size` (height, width), at the picture's own, where its edges meet best.

    known: where the picture (1, 3, h, w) is as it will be, and pixels can be taken from, (1, 1, h, w); around: what
    surrounds the hole, (1, 1, *size).
    """
    height, width = picture.shape[-2:]
    scale = height / size[0], width / size[1]
    down, right = (round(step * by) for step, by in zip(shift, scale, strict=True))
    where = (functional.interpolate(around, (height, width)) > 0) & (known > 0)
    y, x = where[0, 0].nonzero(as_tuple=True)
    every = max(1, len(y) // _COMPARED)
    y, x = y[::every], x[::every]
    reach = [math.ceil(by / 2) if by > 1 else 0 for by in scale]
    offsets = product(*(range(-most, most + 1) for most in reach))
    best, least = (down, right), math.inf
    # The nearest ones first, which stay where others are no better.
    for dy, dx in sorted(offsets, key=lambda offset: abs(offset[0]) + abs(offset[1])):
        from_y, from_x = y + down + dy, x + right + dx
        inside = (from_y >= 0) & (from_y < height) & (from_x >= 0) & (from_x < width)
        there = from_y.clamp(0, height - 1), from_x.clamp(0, width - 1)
        usable = inside * known[0, 0][there]
        squares = (picture[0][:, y, x] - picture[0][:, there[0], there[1]]).square().sum(0)
        error = float((squares * usable).sum() / usable.sum().clamp(min=1))
        if error < least and bool(usable.any()):
            best, least = (down + dy, right + dx), error
    return best


def _averaged(picture: Tensor, known: Tensor) -> Tensor:
    sigma = max(0.5, _AVERAGED * max(picture.shape[-2:]))
    return weighted_blur(picture, known, sigma)


class _Source:
    """A picture (1, 3, h, w) at a smaller size (height, width): its pixels can be taken from where it is known,
    (1, 1, h, w) 0 or 1.
    """

    def __init__(self, picture: Tensor, known: Tensor, size: tuple[int, int]) -> None:
        self._size = size
        portion = resample(known, size)
        self._known = (portion > 0.99).to(picture)
        self._picture = resample(picture * known, size) / portion.clamp(min=1e-3)
        squares = self._picture.square().sum(1, keepdim=True)
        layers = torch.cat([self._known, squares * self._known, self._picture * self._known], 1)
        self._spectra = self._spectrum(layers)

    def averaged(self, shift: tuple[int, int]) -> Tensor:
        """The picture shifted, averaged (1, 3, *size)."""
        return _averaged(*(shifted(layer, *shift) for layer in (self._picture, self._known)))

    def difference(self, shift: tuple[int, int]) -> Tensor:
        """By how much the picture differs from itself shifted, averaged, and spread to where that is not known
        (1, 3, *size); from [-1, 1] to [0, 1].
        """
        both = self._known * shifted(self._known, *shift)
        averaged = _averaged(self._picture - shifted(self._picture, *shift), both)
        return filled(unsigned(averaged.clamp(-_TINT, _TINT)), 1 - both)

    def best_shift(self, wanted: Tensor, missing: Tensor, around: Tensor) -> tuple[int, int] | None:
        """By how much, down and right, the pixels are away that are most like the `wanted` picture, in what is around
        the missing and in that, (1, 1, *size) each; None where none would fill enough.
        """
        weight = around + _GUESS * missing
        squares = wanted.square().sum(1, keepdim=True)
        layers = torch.cat([missing, around, weight, squares * weight, wanted * weight], 1)
        fills, seen, total, own, *products = self._correlations(layers, (0, 0, 0, 0, 2, 3, 4))
        theirs = self._correlations(weight, (1,))[0]
        error = (own + theirs - 2 * sum(products)) / total.clamp(min=1e-3)
        allowed = (fills >= _FILLS * missing.sum()) & (seen >= _SEEN * around.sum())
        allowed &= error < _WORST
        if not bool(allowed.any()):
            return None
        # Few large patches have fewer seams.
        score = (error + _AGREES) / (fills / missing.sum())
        index = int(torch.where(allowed, score, torch.inf).argmin())
        height, width = error.shape
        down, right = divmod(index, width)
        return down if down < self._size[0] else down - height, right if right < self._size[1] else right - width

    def _correlations(self, layers: Tensor, with_: tuple[int, ...]) -> Tensor:
        """Of each layer with one of the source's: for every shift s the sum over x of layer(x)·source(x + s)."""
        spectra = self._spectrum(layers).conj() * self._spectra[:, list(with_)]
        found: Tensor = torch.fft.irfft2(spectra, s=self._padded)[0]
        return found

    def _spectrum(self, layers: Tensor) -> Tensor:
        spectrum: Tensor = torch.fft.rfft2(layers, s=self._padded)
        return spectrum

    @property
    def _padded(self) -> tuple[int, int]:
        return 2 * self._size[0], 2 * self._size[1]
