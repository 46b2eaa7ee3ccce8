"""Tint: networks give a whole picture other colours than it had. How much can be read from what is around the region,
where nothing should have changed, and be taken away again: mean and deviation of every channel, as Reinhard et al. do
(https://doi.org/10.1109/38.946629), in CIELAB or in sRGB, whichever leaves less of it.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from text_replace_engine.cielab import Floats, cielab, from_cielab

# Chosen on the photographs of tests/MEASURED.md, tinted on purpose, and pictures of random networks.
#: So many cells from the region what is new still shows, in its shadow and in what the decoder blurs.
_NEXT = 2
#: As many cells, and as large a share of all, have to be around the region.
_LEAST_CELLS, _LEAST_SHARE = 16, 0.05
#: A mean within this, and a deviation within that share, are no tint: the first can hardly be seen.
_SAME_MEAN, _SAME_DEVIATION = 0.5, 0.02
#: A larger difference of means, or of deviations, as a factor, is more than a tint.
_MOST_MEAN, _MOST_DEVIATION = 20.0, 1.33
#: Where colours differ less, their deviation says nothing.
_LEAST_DEVIATION = 2.0
#: Colours that are more deviations away from the mean are only moved: what is so new says nothing about contrast.
_REACH = 2.0
#: What goes less together with the lightness of the original does not show the same picture.
_LEAST_CORRELATION = 0.7


def without_tint(painted: Tensor, original: Tensor, cells: Tensor) -> Tensor:
    """`painted` (1, 3, h, w) with the mean and deviation of the colours that `original`, of that shape, has around the
    region; itself where they agree, where too little is around it, and where more than a tint is another.

    Both in [0, 1]; cells: 0 where they should be the same, (1, 1, h / n, w / n). Whole cells are compared, so that fine
    detail, which networks lose, does not count as deviation; those near the region are not.
    """
    new = cells[0, 0].cpu().numpy() > 0
    around = ~ndimage.binary_dilation(new, np.ones((3, 3), bool), iterations=_NEXT)
    if around.sum() < max(_LEAST_CELLS, _LEAST_SHARE * around.size):
        return painted
    lab = cielab(painted)
    found, known = (_means(each, around) for each in (lab, cielab(original)))
    if not _alike(found[:, 0], known[:, 0]):
        return painted
    best, left = painted, _difference(found, known)
    srgb = _srgb(painted)
    for colours, theirs, ours, image_of in (
        (lab, found, known, from_cielab),
        (srgb, _means(srgb, around), _means(_srgb(original), around), _from_srgb),
    ):
        change = _change(theirs, ours)
        if change is None:
            continue
        corrected = image_of(_corrected(colours, theirs, ours, change)).to(painted)
        difference = _difference(_means(cielab(corrected), around), known)
        if difference < left:
            best, left = corrected, difference
    return best


def _srgb(image: Tensor) -> Floats:
    """Colours (h, w, 3) from 0 to 100, as lightness is, of an image (1, 3, h, w) in [0, 1]."""
    colours: Floats = 100 * image[0].permute(1, 2, 0).cpu().float().numpy()
    return colours


def _from_srgb(colours: Floats) -> Tensor:
    return torch.from_numpy(colours / 100).clamp(0, 1).permute(2, 0, 1)[None]


def _corrected(colours: Floats, theirs: Floats, ours: Floats, change: Floats) -> Floats:
    """Colours (h, w, 3) moved from the cells' means `theirs` to `ours`, and spread by the factors `change`."""
    reach = _REACH * theirs.std(0)
    apart = (colours - theirs.mean(0)).clip(-reach, reach)
    moved: Floats = colours + apart * (change - 1) + ours.mean(0) - theirs.mean(0)
    return moved


def _means(colours: Floats, around: NDArray[np.bool_]) -> Floats:
    """Of the cells that are around the region, (n, 3)."""
    rows, columns = around.shape
    high, wide = colours.shape[0] // rows, colours.shape[1] // columns
    means: Floats = colours.reshape(rows, high, columns, wide, 3).mean((1, 3))
    return means[around]


def _change(theirs: Floats, ours: Floats) -> Floats | None:
    """The factors of the three deviations; None where there is nothing to correct, or what cannot be."""
    distance = float(np.linalg.norm(ours.mean(0) - theirs.mean(0)))
    deviations = np.stack([theirs.std(0), ours.std(0)])
    varied = deviations.min(0) > _LEAST_DEVIATION
    factors: Floats = np.where(varied, deviations[1] / np.maximum(deviations[0], _LEAST_DEVIATION), 1).astype(
        np.float32
    )
    extent = float(np.maximum(factors, 1 / factors).max())
    if distance <= _SAME_MEAN and extent <= 1 + _SAME_DEVIATION:
        return None
    if distance > _MOST_MEAN or extent > _MOST_DEVIATION:
        return None
    return factors


def _difference(one: Floats, other: Floats) -> float:
    """Mean ΔE."""
    return float(np.linalg.norm(one - other, axis=1).mean())


def _alike(theirs: Floats, ours: Floats) -> bool:
    """Whether they show the same picture, by their lightness; where that is all the same there is nothing to tell."""
    deviations = np.stack([theirs.std(), ours.std()])
    if deviations.max() <= _LEAST_DEVIATION:
        return True
    if deviations.min() < _LEAST_DEVIATION / 4:
        return False
    return float(np.corrcoef(theirs, ours)[0, 1]) >= _LEAST_CORRELATION
