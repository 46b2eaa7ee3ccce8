"""What of the edit region an edit left as it was: there the new layer fades, and the picture below it is seen."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from text_replace_engine.tensors import blur, bounding_box, dilate, reduced_size, resample

#: Decided at no more than this many pixels a side: what changed is not lost by that.
_SIDE = 512
#: Standard deviation of the Gaussian by which it fades, twice that away from all that is new, as a share of the longer
#: side of the region.
_FADE = 0.01


def faded(region: Tensor, object_mask: Tensor, image: Tensor, painted: Iterable[Tensor]) -> Tensor:
    """A region (1, 1, h, w) in [0, 1] that fades to 0 where all that was `painted` (1, c, h, w) is the image
    (1, 3, h, w), both rounded to 8 bits, so that it makes no difference; nowhere less than it was in the object mask.
    """
    changed = [(each.to(image) != image).any(1, keepdim=True) for each in painted]
    if not changed or not bool((region > 0).any()):
        return region
    new = torch.cat([object_mask > 0, *changed], 1).any(1, keepdim=True)
    new = (new & (region > 0)).to(region)
    native = (region.shape[-2], region.shape[-1])
    size = reduced_size(native, _SIDE)
    sigma = max(0.5, _FADE * max(bounding_box(region, 0).size) * size[1] / native[1])
    near = dilate((resample(new, size) > 0).to(region), max(1, round(2 * sigma)))
    return region * torch.maximum(resample(blur(near, sigma), native), new).clamp(0, 1)
