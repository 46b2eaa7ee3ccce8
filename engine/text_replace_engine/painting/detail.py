"""Detail: the edited area from the network's size to native resolution, drawn again by a network that sees the sharp
surroundings and the prompt.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.models.networks.detail import Detail
from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.tiles import averaged, cut, tiles_over
from text_replace_engine.tensors import crop, resample, signed, unsigned

#: What is enlarged no more than this is sharp enough when drawn once.
_ENLARGED = 1.25
#: How many times larger than the stage's own size an area is drawn, in tiles, at most: the starter's art has no more
#: detail than that.
_FINEST = 2.0


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
            drawn = _in_tiles(resample(drawn, larger), seen, resample(region, larger), text, stage)
    if max(size) >= drawn.shape[-1]:
        return resample(drawn, size)
    # Shrunk as pictures are: averages would be softer than what is around.
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
    return unsigned(stage.draw(signed(painted), signed(native), region, text)).clamp(0, 1)
