"""Objects of one kind that touch each other: a segmenter by labels sees them as one, which is thin between them.

Measured on the outlines of the starter's 68 objects, three of each, and on 122 pairs of the same that touch: of the
pairs all have such a neck, of the single ones cherries, grapes and a rose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from text_replace_engine.boxes import bounding_box

#: Outlines are compared at most so large, in pixels, at so many depths.
_SIDE = 96
_DEPTHS = 24
#: A neck is this much thinner than the thinner one of what it joins, and that has at least this share of the thickness
#: of the thickest, and of the area of all.
_NECK = 0.8
_THICK = 0.25
_SHARE = 0.08

Mask = NDArray[np.bool_]


def parted(pixels: Mask) -> list[Mask]:
    """An object's pixels, bool (h, w), not all False, cut at its necks; itself alone where it has none."""
    parts = _cut(pixels)
    return [pixels] if len(parts) < 2 else [smaller for part in parts for smaller in parted(part)]


def _cut(pixels: Mask) -> list[Mask]:
    box = bounding_box(pixels)
    rows, columns = slice(box.y0, box.y1), slice(box.x0, box.x1)
    outline = pixels[rows, columns]
    step = max(1, -(-max(outline.shape) // _SIDE))
    owners = _owners(np.pad(outline[::step, ::step], 1))[1:-1, 1:-1]
    if owners.max() < 2:
        return [pixels]
    whose = np.repeat(np.repeat(owners, step, 0), step, 1)[: outline.shape[0], : outline.shape[1]]
    parts = []
    for number in range(1, owners.max() + 1):
        part = np.zeros_like(pixels)
        part[rows, columns] = outline & (whose == number)
        parts.append(part)
    return [part for part in parts if part.any()]


def _owners(outline: Mask) -> NDArray[np.int64]:
    """For every pixel the number of the part that it is nearest to, from 1; of the depth at which the necks are the
    thinnest.
    """
    depth = ndimage.distance_transform_edt(outline)
    thickest = depth.max()
    best, thinnest = np.ones(outline.shape, np.int64), _NECK
    for level in np.linspace(0, thickest, _DEPTHS, endpoint=False)[1:]:
        cores, count = ndimage.label(depth > level)
        if count < 2:
            continue
        peaks = ndimage.maximum(depth, cores, range(1, count + 1))
        thick = [number for number, peak in enumerate(peaks, 1) if peak >= _THICK * thickest]
        if len(thick) < 2 or level / min(peaks[number - 1] for number in thick) >= thinnest:
            continue
        numbered = np.zeros(count + 1, np.int64)
        numbered[thick] = range(1, len(thick) + 1)
        nearest = ndimage.distance_transform_edt(~np.isin(cores, thick), return_distances=False, return_indices=True)
        owners = numbered[cores[tuple(nearest)]]
        shares = np.bincount(owners[outline], minlength=len(thick) + 1)[1:] / outline.sum()
        if shares.min() >= _SHARE:
            best, thinnest = owners, level / min(peaks[number - 1] for number in thick)
    return best
