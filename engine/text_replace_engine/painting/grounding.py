"""The ground of the edit region where it is known exactly what is new: of what was painted only that is shown, and its
shadow; all else is the picture's own, continued to where something stood.
"""

from __future__ import annotations

import torch
from torch import Tensor

from text_replace_engine.painting.continuing import continued
from text_replace_engine.painting.filling import filled
from text_replace_engine.tensors import blur, bounding_box, dilate, luma, reduced_size, resample, sample_box

#: Decided at no more than this many pixels a side. All distances below are shares of the longer side of the region.
_SIDE = 512
#: So near to what stood there something of it, or of its shadow, may be seen; half as near, it surely is. In between
#: one ground fades into the other, by a Gaussian with the second as its standard deviation.
_DOUBTED, _FADED = 0.06, 0.012
#: So near to what is new something of it is seen.
_BESIDE = 0.02
#: From which difference to which a painted ground becomes something that is none.
_UNLIKE = 0.12, 0.3
#: A shadow reaches so far, and fades over the second. It darkens the ground by no more than the first of the next; what
#: darkens it by less than the second is a haze. It is averaged over so much; nothing counts as darker than the last.
_REACH, _REACH_FADE = 0.1, 0.03
_DARKENED, _HAZE, _AVERAGED, _DARKEST = 0.5, 0.03, 0.03, 0.1
#: Standard deviation of the Gaussian by which what is new fades; from which alpha on it is shown as it was painted; and
#: up to which there is nothing of it.
_SOFT, _SOLID, _FAINT = 0.012, 0.4, 0.1


def grounded(
    painted: Tensor,
    image: Tensor,
    region: Tensor,
    gone: Tensor,
    new: Tensor,
    others: Tensor,
    under: Tensor | None = None,
) -> Tensor:
    """A painting (1, 3, h, w) in [0, 1] of an image of that shape, as the module says.

    region, gone, new, others: (1, 1, h, w) in [0, 1]: what may change; what stood there and must not be seen again;
    what was painted for it, with its soft edges; and where the image has other things, which are no ground. under: as
    the image, what it was painted on, if not on that.
    """
    if not bool((region > 0).any()):
        return painted
    native = (image.shape[-1], image.shape[-2])
    box = bounding_box(region, 0)
    part = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
    size = reduced_size(native[::-1], _SIDE)
    small_painted, small_gone, small_new, small_others = (resample(each, size) for each in (painted, gone, new, others))
    longer = max(box.size) * size[1] / native[0]
    doubted, sure = (_grown(small_gone > 0, by * longer) for by in (_DOUBTED, _DOUBTED / 2))
    within = _grown(small_new > _FAINT, _BESIDE * longer)
    hole, guess = torch.zeros_like(region), painted.clone()
    hole[part] = (sample_box(doubted, native, box) > 0) * (others[part] <= 0) * region[part]
    # Pieces of things were painted where they are unlike all that is around; there the ground is guessed from that.
    smooth = filled(resample(image, size), doubted + within + small_others)
    pieces = _pieces(filled(small_painted, within) - smooth, longer)
    painted_ground = filled(painted[part], sample_box(within, native, box))
    guess[part] = torch.lerp(painted_ground, *(sample_box(each, native, box) for each in (smooth, pieces)))
    ground = continued(image, hole, ((new >= _SOLID) | (others > 0)).to(new), guess)
    faded = sample_box(blur(sure, max(0.5, _FADED * longer)), native, box).clamp(0, 1)
    ground[part] = torch.lerp(image[part], ground[part], faded)
    bare = resample(ground if under is None else under, size)
    darker = sample_box(_shadow(small_painted, bare, within, small_new, longer), native, box)
    # All of what is new, and softly into the ground beside it: what is hard looks cut out.
    share = (sample_box(blur(small_new, max(0.5, _SOFT * longer)), native, box) / _SOLID).clamp(max=1)
    ground[part] = torch.lerp(ground[part] * (1 - darker), painted[part], share)
    return ground


def _pieces(difference: Tensor, longer: float) -> Tensor:
    """How surely a painted ground is none (1, 1, h, w), 0 to 1, by its difference (1, 3, h, w) from what is around."""
    unlike = blur(difference.abs().amax(1, keepdim=True), max(0.5, _BESIDE * longer))
    return ((unlike - _UNLIKE[0]) / (_UNLIKE[1] - _UNLIKE[0])).clamp(0, 1)


def _shadow(painted: Tensor, bare: Tensor, within: Tensor, new: Tensor, longer: float) -> Tensor:
    """By how much of its light what was painted darkens the bare ground, (1, 1, h, w) in [0, 1], around what is new and
    `within` that.
    """
    sigma = max(1.0, _AVERAGED * longer)
    shown, light = (blur(filled(luma(each), within), sigma) for each in (painted, bare))
    near = blur(_grown(new > 0.5, _REACH * longer), max(0.5, _REACH_FADE * longer))
    return (1 - _HAZE - shown / light.clamp(min=_DARKEST)).clamp(0, _DARKENED) * near


def _grown(inside: Tensor, by: float) -> Tensor:
    return dilate(inside.float(), max(1, round(by)))
