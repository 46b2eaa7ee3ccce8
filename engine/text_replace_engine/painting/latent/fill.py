"""Fill: what is around a hole, blurred into it, so that the first steps begin with its colours."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from text_replace_engine.tensors import blur


def filled(image: Tensor, cells: Tensor) -> Tensor:
    """An image (1, 3, h, w) in [0, 1] in which the hole, where `cells` (1, 1, h / n, w / n) of 0 and 1 is 1, has the
    colours around it; medium grey where there is nothing around it.
    """
    known, size = 1 - cells, (image.shape[-2], image.shape[-1])
    if not bool(known.any()):
        return torch.full_like(image, 0.5)
    # So wide that the cell farthest inside is reached.
    sigma = float(ndimage.distance_transform_edt(cells[0, 0].cpu().numpy()).max()) / 2
    means = F.adaptive_avg_pool2d(image, (cells.shape[-2], cells.shape[-1]))
    around = blur(means * known, sigma) / blur(known, sigma).clamp(min=1e-6)
    smooth = F.interpolate(around, size, mode="bilinear", align_corners=False)
    return torch.where(F.interpolate(cells, size, mode="nearest") > 0, smooth, image)
