"""What hangs on an object and is thinner than segmenters see: strings, stalks, wires.

Thin is what a morphological opening or closing takes away (top-hats: Meyer 1979). It belongs to the object where it
stands out from all other thin things around, begins at the outline, leads away from it, and has the same ground on both
sides. Where much of that is found, it is the ground's own pattern.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.tensors import highest_around

Mask = NDArray[np.bool_]

#: As shares of the object's longer side: the widest string, the rim in which every region of an edit is, and how far
#: out of it a string has to lead at least.
_WIDEST, _RIM, _LEAST_OUT = 0.035, 0.05, 0.03
#: A string stands out by at least this, of colours in [0, 1], and from this share of what is around.
_LEAST_CONTRAST, _SHARE = 0.05, 0.97
#: Of the contrast between the brightest and the darkest of the surroundings a string is so much in its clearest fifth:
#: an edge between two grounds has less.
_SAME_SIDES, _CLEAREST = 0.6, 0.8
#: How much wider than straight and of the greatest width it may be.
_BENT = 1.6
_MOST = 3
#: Where as many thin things elsewhere are as large, it is one of them.
_ALIKE = 4
#: Grain leads as far by chance.
_LEAST_PIXELS = 4
#: Pixels around a string that are a little of its colour.
_SOFT_EDGE = 2
_NEIGHBOURS = np.ones((3, 3), bool)


def strings(image: Tensor, object_mask: Mask, others: Mask) -> Mask:
    """The pixels (h, w) of what hangs on an object (h, w) in a picture (1, 3, h, w) in [0, 1], with a little around it,
    but for the rim of the object. others: what is certainly not ground, (h, w).
    """
    longest = max(bounding_box(object_mask).size)
    window = 2 * max(2, round(_WIDEST * longest / 2 + 0.5)) + 1
    contrast, sides = _thin(image, window)
    distance = ndimage.distance_transform_edt(~object_mask)
    rim = _RIM * longest + 1
    out = (distance > rim) & ~others
    found = np.zeros_like(object_mask)
    if not out.any():
        return found
    clear = contrast > max(_LEAST_CONTRAST, float(np.quantile(contrast[out], _SHARE)))
    joined = ndimage.binary_dilation(clear)
    # What leads through the rim.
    within, _ = ndimage.label(joined & (distance <= rim) & (distance > 1), _NEIGHBOURS)
    at_outline = np.unique(within[(distance <= 2.5) & (within > 0)])
    beginning = ndimage.binary_dilation(np.isin(within, at_outline) & (within > 0), _NEIGHBOURS)
    parts, count = ndimage.label(joined & out, _NEIGHBOURS)
    areas = np.bincount(parts[clear], minlength=count + 1)
    begun = set(np.unique(parts[beginning & out]).tolist()) - {0}
    elsewhere = np.sort(np.delete(areas, [0, *begun]))[::-1]
    pattern = elsewhere[_ALIKE] if len(elsewhere) > _ALIKE else 0
    taken = 0
    for number, place in enumerate(ndimage.find_objects(parts), start=1):
        if number not in begun or areas[number] <= pattern:
            continue
        part = (parts[place] == number) & clear[place]
        length = float(distance[place][part].max()) - rim
        is_thin = areas[number] <= _BENT * length * window
        is_long = length >= max(_LEAST_OUT * longest, _LEAST_PIXELS)
        if is_long and is_thin and np.quantile(sides[place][part], _CLEAREST) >= _SAME_SIDES:
            found[place] |= part
            taken += 1
    if not 0 < taken <= _MOST:
        return np.zeros_like(object_mask)
    soft: Mask = ndimage.binary_dilation(found, iterations=_SOFT_EDGE) & ~object_mask
    return soft


def _thin(image: Tensor, window: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of every pixel (h, w): by how much it is brighter or darker than what is wider than `window`, in the colour in
    which that is most; and what share of the contrast around that is.
    """
    reach = window // 2
    highest, lowest = highest_around(image, reach), -highest_around(-image, reach)
    opened, closed = highest_around(lowest, reach), -highest_around(-highest, reach)
    contrast, colour = torch.maximum(image - opened, closed - image).max(1, keepdim=True)
    around = (highest - lowest).gather(1, colour)
    return contrast[0, 0].numpy(), (contrast / (around + 1e-3))[0, 0].numpy()
