"""All that belongs to an object and its mask misses, so that nothing of it is left after an edit."""

from __future__ import annotations

import torch
from torch import Tensor

from text_replace_engine.painting.region import shapes
from text_replace_engine.painting.remnants.shadows import shadow
from text_replace_engine.painting.remnants.strings import strings
from text_replace_engine.tensors import bounding_box, reduced_size, resample
from text_replace_wire.geometry import edit_box

#: Pixels a side: shadows are soft, strings are not.
_SHADOWS, _STRINGS = 112, 384
#: Of more objects than this at once none is looked at: they would be each other's surroundings.
_MOST_OBJECTS = 4


def remnants_of(image: Tensor, object_mask: Tensor) -> Tensor:
    """The shadow of every object of a mask (1, 1, h, w), and what hangs on it, in a picture RGB (1, 3, h, w), all in
    [0, 1]; of the mask's shape, and 0 where nothing is found.
    """
    parts = shapes(object_mask)
    found = torch.zeros_like(object_mask) if not parts else torch.zeros_like(parts[0])
    if 0 < len(parts) <= _MOST_OBJECTS:
        picture = resample(image, (found.shape[-2], found.shape[-1]))
        whole = torch.stack(parts).amax(0)
        for part in parts:
            box = edit_box(bounding_box(part), (found.shape[-1], found.shape[-2]))
            place = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
            found[place] = torch.maximum(found[place], _of_one(picture[place], part[place], (whole - part)[place]))
    return resample(found, (object_mask.shape[-2], object_mask.shape[-1]))


def _of_one(picture: Tensor, part: Tensor, others: Tensor) -> Tensor:
    size = (part.shape[-2], part.shape[-1])
    found = torch.zeros_like(part)
    for longest, look in ((_SHADOWS, shadow), (_STRINGS, strings)):
        smaller = reduced_size(size, longest)
        seen, mask, rest = (resample(plane, smaller).cpu() for plane in (picture, part, others))
        inside = mask[0, 0].numpy() > 0.5
        if inside.any():
            pixels = torch.from_numpy(look(seen, inside, rest[0, 0].numpy() > 0.5))[None, None]
            found = torch.maximum(found, resample(pixels.to(found), size))
    return found
