"""Detail: the edited area from the network's size to native resolution, drawn again by a network that sees the sharp
surroundings and the prompt.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.models.networks.detail import Detail
from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.tiles import averaged, cut, tiles_over
from text_replace_engine.tensors import blur, crop, highest_around, resample, signed, unsigned

#: What is enlarged no more than this is sharp enough when drawn once.
_ENLARGED = 1.1
#: How many times larger than the stage's own size an area is drawn, in tiles, at most: the starter's art has no more
#: detail than that.
_FINEST = 2.0
#: Networks that have learnt by errors of pixels draw softer than pictures are: what a Gaussian of the second, in pixels
#: drawn, takes away is made stronger by the first.
_SHARPENED, _FINE = 0.5, 0.6
#: Networks that draw by tokens leave a weave, in which all tokens nearby are alike: standard deviation in tokens of the
#: Gaussian that says what is near. It is finer than the next, in pixels drawn, and seen where nothing near is stronger
#: than the last.
_NEARBY, _WOVEN, _FAINT = 3.0, 2.0, 3 / 255
#: The starter's art was stored with loss, and has a grain. What is drawn gets one: its standard deviation, that of the
#: Gaussian, in pixels drawn, that makes it coarser, and the shares of its variance that all channels have in common and
#: each has of its own. Like the sharpening chosen by how seldom paintings are told from real pictures with it.
_GRAIN, _COARSE, _COMMON, _OWN = 0.6 / 255, 0.6, 0.64, 0.36


def detailed(painted: Tensor, around: Tensor, part: Part, text: Tensor, stage: Detail) -> Tensor:
    """A painted part (1, 3, h, w) at the size of its area, both in [0, 1]; what lies outside its region means nothing.

    around: the whole picture (1, 3, height, width) in [0, 1]; text: the prompt's unit vector (1, d).
    """
    native, region = crop(around, part.area), crop(part.region, part.area)
    size = (native.shape[-2], native.shape[-1])
    whole = (stage.size, stage.size)
    with torch.inference_mode():
        drawn = _drawn(painted, _known(native, region, whole), resample(region, whole), text, stage)
        if max(size) > _ENLARGED * stage.size:
            times = min(_FINEST, max(size) / stage.size)
            larger = (round(stage.size * times), round(stage.size * times))
            seen = _known(native, region, larger)
            drawn = _in_tiles(_resized(drawn, larger), seen, resample(region, larger), text, stage)
    sharp = drawn + _SHARPENED * (drawn - blur(drawn, _FINE))
    return _resized(sharp.clamp(0, 1), size)


def _resized(drawn: Tensor, size: tuple[int, int]) -> Tensor:
    # As pictures are: averages would be softer than what is around.
    return functional.interpolate(drawn, size, mode="bicubic", antialias=True).clamp(0, 1)


def _known(native: Tensor, region: Tensor, size: tuple[int, int]) -> Tensor:
    """A picture at another size, without what is in the region, also where pixels of it and of others become one."""
    outside = 1 - region
    return (resample(native * outside, size) / resample(outside, size).clamp(min=1e-3)).clamp(0, 1)


def _in_tiles(drawn: Tensor, native: Tensor, region: Tensor, text: Tensor, stage: Detail) -> Tensor:
    answers = [
        (tile, _drawn(cut(drawn, tile), cut(native, tile), cut(region, tile), text, stage))
        for tile in tiles_over(region, (stage.size, stage.size))
    ]
    return averaged(answers, drawn)


def _drawn(painted: Tensor, native: Tensor, region: Tensor, text: Tensor, stage: Detail) -> Tensor:
    drawn = unsigned(stage.draw(signed(painted), signed(native), region, text)).clamp(0, 1)
    return _unwoven(drawn, stage.network.stem) + _grain(stage.size).to(drawn)


@lru_cache(maxsize=1)
def _grain(side: int) -> Tensor:
    """Of a drawing (1, 3, side, side): the same in every one."""
    rng = np.random.default_rng(0)
    common, own = (rng.standard_normal((1, channels, side, side), np.float32) for channels in (1, 3))
    grain = blur(torch.from_numpy(_COMMON**0.5 * common + _OWN**0.5 * own), _COARSE)
    return grain * (_GRAIN / grain.std())


def _unwoven(drawn: Tensor, token: int) -> Tensor:
    """What was drawn (1, 3, h, w), without what the pixels at one place of their tokens have in common."""
    fine = drawn - blur(drawn, _WOVEN)
    faint = (highest_around(fine.abs().amax(1, keepdim=True), round(2 * _WOVEN)) < _FAINT).to(fine)
    held, of = (
        blur(functional.pixel_unshuffle(each, token), _NEARBY) for each in (fine * faint, faint.expand_as(fine))
    )
    weave = functional.pixel_shuffle(held / of.clamp(min=1e-3), token)
    return drawn - (weave - functional.interpolate(functional.avg_pool2d(weave, token), scale_factor=token)) * faint
