"""Matting: a hard, coarse mask brought to the edges of the picture, soft where an edge is, by a guided filter (He et
al. 2013, https://doi.org/10.1109/TPAMI.2012.213), computed small (He and Sun 2015, https://arxiv.org/abs/1505.00996).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from text_replace_engine.tensors import blur, reduced_size, resample

#: The filter is computed at no more than this many pixels a side.
_LONGEST = 384
#: Half the side of a window, as a share of the longer side; and variance of colours that is no edge.
_RADIUS, _SMOOTH = 0.03, 1e-4
#: What is less than the first is none, and more than the second all of the object's.
_NONE, _ALL = 0.1, 0.9


def matte(image: Tensor, mask: Tensor) -> Tensor:
    """How much of every pixel is the object's, (1, 1, h, w) in [0, 1], by an image RGB (1, 3, h, w) in [0, 1] and a
    mask (1, 1, h, w) in [0, 1], which may be a few pixels off.
    """
    height, width = image.shape[-2:]
    size = reduced_size((height, width), _LONGEST)
    guide, wanted = resample(image, size), resample(mask, size)
    sigma = max(1.0, _RADIUS * max(size))

    def mean(values: Tensor) -> Tensor:
        return blur(values, sigma)

    # In every window the mask is a linear function of the colours; (3, 3) and (3,) for each pixel.
    colours, target = mean(guide), mean(wanted)
    products = mean((guide[:, :, None] * guide[:, None]).flatten(1, 2)).view(1, 3, 3, *size)
    covariance = products - colours[:, :, None] * colours[:, None]
    shared = mean(guide * wanted) - colours * target
    system = covariance.permute(0, 3, 4, 1, 2) + _SMOOTH * torch.eye(3).to(image)
    slope = torch.linalg.solve(system, shared.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    offset = target - (slope * colours).sum(1, keepdim=True)
    slope, offset = (
        F.interpolate(mean(each), (height, width), mode="bilinear", align_corners=False) for each in (slope, offset)
    )
    alpha = (slope * image).sum(1, keepdim=True) + offset
    return ((alpha - _NONE) / (_ALL - _NONE)).clamp(0, 1)
