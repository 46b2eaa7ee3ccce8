"""What of the edit region stays as it was: a painting has a haze where it should have left the ground alone, and
smudges its pattern.

The region is larger than what stood in it. Where nothing of that was and the painting hardly differs from the picture,
nothing had to change, so the picture's own pixels are the better ones, and the difference fades towards there. Where
the new object is known, it must differ the more, the more pattern the ground has.
"""

from __future__ import annotations

import torch
from torch import Tensor

from text_replace_engine.tensors import between, blur, bounding_box, crop, dilate, reduced_size, resample, weighted_blur

#: Decided at no more than this many pixels a side.
_SIDE = 256
#: Differences of the largest channel, of 1: below the first nothing was meant, from the second on something was.
_NOTHING, _SOMETHING = 8 / 255, 24 / 255
#: Standard deviation of the Gaussian by which the painting fades around what was meant, in shares of the longer side of
#: the region. It reaches three of them, so that far what was meant is grown first.
_FADE = 0.01
#: How much clearer the difference must be for each unit of the ground's own contrast, around what is known to be new.
_DEEP = 2.0
#: Standard deviation of the Gaussian over which that contrast is seen, and how far around it counts: the painting may
#: have put an edge of the ground elsewhere. In shares of the longer side of the region.
_NEAR, _AROUND = 0.04, 0.05
#: So near to what stood there, in the same shares, nothing counts as ground: a part of it that its mask missed would
#: look like a pattern, and come back.
_DOUBTED = 0.06
#: What is new, its shadow and what was not known of it, reaches so far around what is known, and fades over the second.
_REACH, _REACH_FADE = 0.1, 0.03


def settled(painted: Tensor, image: Tensor, region: Tensor, gone: Tensor, new: Tensor | None) -> Tensor:
    """A painting (1, 3, h, w) in [0, 1] of an image of that shape, with the image's own pixels where nothing of
    region (1, 1, h, w) had to change. gone: what stood there and must not be seen again; new: what was painted for it,
    both (1, 1, h, w) in [0, 1]; new is None where that is not known.
    """
    if not bool((region > 0).any()):
        return painted
    box = bounding_box(region, 0)
    size = reduced_size((box.height, box.width), _SIDE)
    drawn, old, hidden = (resample(crop(layer, box), size) for layer in (painted, image, gone))
    apart = (drawn - old).abs().amax(1, keepdim=True)
    longer = max(size)
    if new is not None:
        known = resample(crop(new, box), size)
        # A network that sees little of a pattern draws it wrong; what it draws on plain ground it meant.
        doubted = dilate(hidden, max(1, round(_DOUBTED * longer)))
        contrast = _contrast(old, 1 - doubted, max(1.0, _NEAR * longer))
        apart = apart - _DEEP * dilate(contrast, max(1, round(_AROUND * longer)))
        near = torch.maximum(dilate(known, max(1, round(_REACH * longer))), doubted)
        apart = torch.maximum(apart * blur(near, max(0.5, _REACH_FADE * longer)), known)
    meant = between(apart, _NOTHING, _SOMETHING)
    sigma = max(0.5, _FADE * longer)
    whole = dilate(torch.maximum(meant, hidden), max(1, round(3 * sigma)))
    share = resample(blur(whole, sigma).clamp(0, 1), (box.height, box.width))
    result = painted.clone()
    part = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
    result[part] = torch.lerp(image[part], painted[part], share)
    return result


def _contrast(image: Tensor, weight: Tensor, sigma: float) -> Tensor:
    """Standard deviation of the image (1, 3, h, w) around each of its pixels, the largest channel's: (1, 1, h, w).
    weight: how much a pixel counts, (1, 1, h, w).
    """
    mean, square = weighted_blur(torch.cat([image, image.square()], 1), weight, sigma).chunk(2, 1)
    return (square - mean.square()).clamp(min=0).sqrt().amax(1, keepdim=True)
