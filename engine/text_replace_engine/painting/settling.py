"""What of the edit region stays as it was: a painting has a haze where it should have left the ground alone.

The region is larger than what stood in it. Where nothing of that was and the painting hardly differs from the picture,
nothing had to change, so the picture's own pixels are the better ones, and the difference fades towards there.
"""

from __future__ import annotations

import torch
from torch import Tensor

from text_replace_engine.tensors import blur, bounding_box, crop, dilate, reduced_size, resample

#: Decided at no more than this many pixels a side.
_SIDE = 256
#: Differences of the largest channel, of 1: below the first nothing was meant, from the second on something was.
_NOTHING, _SOMETHING = 8 / 255, 24 / 255
#: Standard deviation of the Gaussian by which the painting fades around what was meant, in shares of the longer side of
#: the region. It reaches three of them, so that far what was meant is grown first.
_FADE = 0.01


def settled(painted: Tensor, image: Tensor, region: Tensor, gone: Tensor) -> Tensor:
    """A painting (1, 3, h, w) in [0, 1] of an image of that shape, with the image's own pixels where nothing of
    region (1, 1, h, w) had to change. gone: what stood there and must not be seen again, (1, 1, h, w) in [0, 1].
    """
    if not bool((region > 0).any()):
        return painted
    box = bounding_box(region, 0)
    size = reduced_size((box.height, box.width), _SIDE)
    new, old, hidden = (resample(crop(layer, box), size) for layer in (painted, image, gone))
    apart = (new - old).abs().amax(1, keepdim=True)
    meant = ((apart - _NOTHING) / (_SOMETHING - _NOTHING)).clamp(0, 1)
    longer = max(size)
    sigma = max(0.5, _FADE * longer)
    whole = dilate(torch.maximum(meant, hidden), max(1, round(3 * sigma)))
    share = resample(blur(whole, sigma).clamp(0, 1), (box.height, box.width))
    result = painted.clone()
    part = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
    result[part] = torch.lerp(image[part], painted[part], share)
    return result
