"""All that belongs to an object and its mask misses, so that nothing of it is left after an edit."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from text_replace_engine.painting.gone import Gone
from text_replace_engine.painting.region import shapes
from text_replace_engine.painting.remnants.shadows import Mask, shadow
from text_replace_engine.painting.remnants.strings import strings
from text_replace_engine.tensors import bounding_box, reduced_size, resample
from text_replace_wire.geometry import edit_box

#: Pixels a side: shadows are soft, strings are not.
_SHADOWS, _STRINGS = 112, 384
#: Of more objects than this at once none is looked at: they would be each other's surroundings.
_MOST_OBJECTS = 4
#: A shadow's power below this is hardly one.
_HARDLY = 0.1


def with_remnants(image: Tensor, object_mask: Tensor) -> Gone:
    """The objects of a mask (1, 1, h, w) in a picture RGB (1, 3, h, w), all in [0, 1], with their shadows, and with
    what hangs on them. How a shadow falls is the largest one's, where all fall alike.
    """
    parts = shapes(object_mask)
    if not 0 < len(parts) <= _MOST_OBJECTS:
        return Gone(object_mask, object_mask)
    native = (object_mask.shape[-2], object_mask.shape[-1])
    whole = torch.stack(parts).amax(0)
    size = (whole.shape[-2], whole.shape[-1])
    picture, shade, hanging = resample(image, size), torch.zeros_like(whole), torch.zeros_like(whole)
    owns: list[Gone] = []
    for part in parts:
        box = edit_box(bounding_box(part), size[::-1])
        place = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
        own = _of_one(picture[place], part[place], (whole - part)[place])
        shade[place] = torch.maximum(shade[place], own.whole)
        hanging[place] = torch.maximum(hanging[place], own.solid)
        owns.append(own)
    largest = owns[max(range(len(parts)), key=lambda number: float(parts[number].sum()))].shadow
    cast = None if largest is None or not _alike(owns) else largest.scaled(native[1] / size[1])
    solid = torch.maximum(object_mask, resample(hanging, native))
    return Gone(torch.maximum(solid, resample(shade, native)), solid, cast)


def _alike(owns: Sequence[Gone]) -> bool:
    """Whether the shadows of objects are known where any are seen, and about as dark."""
    powers = [own.shadow.power for own in owns if own.shadow is not None]
    unknown = any(own.shadow is None and bool(own.whole.any()) for own in owns)
    return not unknown and max(powers, default=0.0) <= 2 * min(powers, default=0.0) + _HARDLY


def _of_one(picture: Tensor, part: Tensor, others: Tensor) -> Gone:
    """Of one object (1, 1, h, w) what it casts, and what hangs on it, without itself; in pixels of that size."""
    size = (part.shape[-2], part.shape[-1])

    def planes(longest: int) -> tuple[Tensor, Mask, Mask]:
        smaller = reduced_size(size, longest)
        seen, mask, rest = (resample(plane, smaller).cpu() for plane in (picture, part, others))
        return seen, mask[0, 0].numpy() > 0.5, rest[0, 0].numpy() > 0.5

    def mask(pixels: Mask) -> Tensor:
        return resample(torch.from_numpy(pixels)[None, None].to(part), size)

    nothing, cast = torch.zeros_like(part), None
    seen, inside, rest = planes(_SHADOWS)
    shade = hanging = nothing
    if inside.any():
        fallen = shadow(seen, inside, rest)
        shade, cast = mask(fallen.seen), fallen.cast and fallen.cast.scaled(size[1] / inside.shape[1])
    seen, inside, rest = planes(_STRINGS)
    if inside.any():
        hanging = mask(strings(seen, inside, rest))
    return Gone(shade, hanging, cast)
