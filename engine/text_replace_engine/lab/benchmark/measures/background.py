"""How much of a picture's background an edit left as it was.

Every measure is of the background's pixels. SSIM and LPIPS, which look at surroundings, see in the object's place the
same pixels in both pictures: those before the edit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure
from torchmetrics.functional.regression import mean_squared_error

from text_replace_engine.lab.quality import Mask, Pixels
from text_replace_engine.tensors import reduced_size, resample

#: Distances (1,) of pictures (1, 3, h, w) in [−1, 1].
Distance = Callable[[Tensor, Tensor], Tensor]

#: dB. Rounding to 8 bits alone comes to 58.9, and of equal pictures the ratio is infinite: more than this is this.
MOST_PSNR = 60.0
#: Larger pictures are shrunk to so many pixels a side for SSIM and LPIPS, which take much memory.
LONGEST = 1024
#: SSIM's window (Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861), and the patches that LPIPS has learnt from
#: (Zhang et al. 2018, https://arxiv.org/abs/1801.03924): of smaller pictures they say nothing.
SMALLEST_FOR_SSIM, SMALLEST_FOR_LPIPS = 11, 64
_WHOLLY = 0.999


@dataclass(frozen=True)
class Change:
    """psnr: dB, 0 to MOST_PSNR. mse: of values in [0, 1]. ssim: −1 to 1. lpips: at least 0. The latter two are None of
    pictures that are too small for them.
    """

    psnr: float
    mse: float
    ssim: float | None
    lpips: float | None


def image_of(pixels: Pixels) -> Tensor:
    """The image (1, 3, h, w) in [0, 1] of RGB (h, w, 3)."""
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def change(before: Pixels, after: Pixels, background: Mask, distance: Distance) -> Change | None:
    """Between two pictures RGB (h, w, 3) in their background (h, w), None where there is none.

    PSNR and MSE are means over the background's pixels and SSIM over its windows; LPIPS is the mean over the picture,
    to which the object's place adds next to nothing.
    """
    if not background.any():
        return None
    wanted, found = (torch.from_numpy(pixels[background]).float() / 255 for pixels in (before, after))
    ratio = float(peak_signal_noise_ratio(found, wanted, data_range=1.0))
    where = torch.from_numpy(background)[None, None]
    first = image_of(before)
    second = torch.where(where, image_of(after), first)
    size = reduced_size((background.shape[0], background.shape[1]), LONGEST)
    first, second, share = (resample(image, size) for image in (first, second, where.float()))
    return Change(
        psnr=min(MOST_PSNR, ratio),
        mse=float(mean_squared_error(found, wanted)),
        ssim=_ssim(first, second, share >= _WHOLLY),
        lpips=_lpips(first, second, distance),
    )


def _ssim(first: Tensor, second: Tensor, background: Tensor) -> float | None:
    if min(first.shape[-2:]) < SMALLEST_FOR_SSIM or not background.any():
        return None
    _, similarities = structural_similarity_index_measure(second, first, data_range=1.0, return_full_image=True)
    return float(similarities[background.expand_as(similarities)].mean())


def _lpips(first: Tensor, second: Tensor, distance: Distance) -> float | None:
    if min(first.shape[-2:]) < SMALLEST_FOR_LPIPS:
        return None
    with torch.inference_mode():
        return float(distance(first * 2 - 1, second * 2 - 1))
