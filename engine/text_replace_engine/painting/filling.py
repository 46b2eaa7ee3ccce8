"""A region filled with its surroundings, blurred."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

#: Where nothing of a picture is left.
_GREY = 0.5


def filled(image: Tensor, region: Tensor) -> Tensor:
    """An image (1, 3, h, w) in [0, 1] with its surroundings blurred into the region (1, 1, h, w), wherever that is
    above 0; the nearest ones count most, by averages over ever larger squares (“pull-push”, Gortler et al. 1996,
    https://doi.org/10.1145/237170.237200).
    """
    known = (region <= 0).to(image)
    return _completed(image * known, known)


def _completed(colours: Tensor, known: Tensor) -> Tensor:
    """colours: times `known`, how much is known of each pixel, (1, 1, h, w) in [0, 1]."""
    size = colours.shape[-2:]
    if max(size) == 1:
        return colours + (1 - known) * _GREY
    if bool((known >= 1).all()):
        return colours
    around, share = (F.avg_pool2d(each, 2, ceil_mode=True) for each in (colours, known))
    # Half of a square is as good as all of it.
    more = (share * 2).clamp(max=1)
    coarse = _completed(around / share.clamp(min=1e-6) * more, more)
    return colours + (1 - known) * F.interpolate(coarse, size, mode="bilinear", align_corners=False)
