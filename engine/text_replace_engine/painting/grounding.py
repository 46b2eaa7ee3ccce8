"""The ground of the edit region where it is known exactly what is new: of what was painted only that is shown, and a
shadow as the old object's; all else is the picture's own, continued to where something stood.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from text_replace_engine.painting.continuing import continued
from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.gone import Gone
from text_replace_engine.tensors import (
    between,
    blur,
    bounding_box,
    dilate,
    luma,
    reduced_size,
    resample,
    sample_box,
    weighted_blur,
)
from text_replace_wire.geometry import Box

#: Decided at no more than this many pixels a side. All distances below are shares of the longer side of the region.
_SIDE = 512
#: So near to what stood there something of it, or of its shadow, may be seen; half as near, it surely is. In between
#: one ground fades into the other, by a Gaussian with the second as its standard deviation.
_DOUBTED, _FADED = 0.06, 0.012
#: So near to what is new something of it is seen.
_BESIDE = 0.02
#: From which difference to which a painted ground becomes something that is none.
_UNLIKE = 0.12, 0.3
#: A painted shadow reaches so far, and fades over the second. It darkens the ground by no more than the first of the
#: next; what darkens it by less than the second is a haze. It is averaged over so much; nothing counts as darker than
#: the last.
_REACH, _REACH_FADE = 0.1, 0.03
_DARKENED, _HAZE, _AVERAGED, _DARKEST = 0.5, 0.03, 0.03, 0.1
#: A ground has a pattern where its details, which a Gaussian of the first as its standard deviation takes away, are
#: above the last, a step of 8 bits, in a tenth of it.
_FINE, _FINEST, _PATTERN = 0.012, 0.9, 1 / 255
#: A shadow that would be cut off by the end of the region fades before it, over this standard deviation.
_CUT_OFF = 0.03
#: Standard deviation of the Gaussian that smooths the outline of what is new; over so much of its alpha, around a half,
#: it then fades; and up to which there is nothing of it.
_SMOOTH, _FADES, _FAINT = 0.009, 0.2, 0.1
#: Between these alphas the colours of what is new, without the ground that was painted beside it, become those that
#: were painted; the first come from so near, nearly all from where it is surely seen, by this power of alpha.
_MIXED, _PURE, _COLOURS, _SURELY = 0.7, 0.95, 0.012, 8


@dataclass(frozen=True)
class Site:
    """Where it was painted. image: (1, 3, h, w) in [0, 1]. region, others: (1, 1, h, w) in [0, 1]: what may change, and
    where the image has other things, which are no ground. gone: what stood there. under: as the image, what it was
    painted on, None: on that.
    """

    image: Tensor
    region: Tensor
    gone: Gone
    others: Tensor
    under: Tensor | None = None


def grounded(painted: Tensor, new: Tensor, site: Site) -> Tensor:
    """A painting (1, 3, h, w) in [0, 1] of the site's image, as the module says. new: what was painted there, with its
    soft edges (1, 1, h, w) in [0, 1].
    """
    region, others, shadow = site.region, site.others, site.gone.shadow
    if not bool((region > 0).any()):
        return painted
    native = (region.shape[-1], region.shape[-2])
    box = bounding_box(region, 0)
    part = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
    size = reduced_size(native[::-1], _SIDE)
    planes = painted, new, others, region
    small_painted, small_new, small_others, small_region = (resample(each, size) for each in planes)
    longer = max(box.size) * size[1] / native[0]
    solid, whole = resample(site.gone.solid, size), resample(site.gone.whole, size)
    cast = None if shadow is None else shadow.scaled(size[1] / native[0])
    bare = (small_region > 0.5) & (_grown(solid > 0, _BESIDE * longer) == 0) & (small_others < 0.5)
    image, old = site.image, whole
    # A pattern in a shadow is lit again; plain ground goes on without a trace of it.
    if cast is not None and _has_pattern(resample(image, size), bare, longer):
        image, old = _lit(image, cast.darkness(solid), others, box), solid
    doubted, sure = (_grown(old > 0, by * longer) for by in (_DOUBTED, _DOUBTED / 2))
    within = _grown(small_new > _FAINT, _BESIDE * longer)
    hole, guess = torch.zeros_like(region), painted.clone()
    hole[part] = (sample_box(doubted, native, box) > 0) * (others[part] <= 0.5) * region[part]
    # Pieces of things were painted where they are unlike all that is around; there the ground is guessed from that.
    smooth = filled(resample(image, size), doubted + within + small_others)
    pieces = _pieces(filled(small_painted, within) - smooth, longer)
    painted_ground = filled(painted[part], sample_box(within, native, box))
    guess[part] = torch.lerp(painted_ground, *(sample_box(each, native, box) for each in (smooth, pieces)))
    ground = continued(image, hole, ((new > 0.5 + _FADES / 2) | (others > 0.5)).to(new), guess)
    faded = sample_box(blur(sure, max(0.5, _FADED * longer)), native, box).clamp(0, 1)
    ground[part] = torch.lerp(image[part], ground[part], faded)
    if cast is None:
        unshaded = resample(ground if site.under is None else site.under, size)
        darker = _painted_shadow(small_painted, unshaded, within, small_new, longer)
    else:
        darker = cast.darkness(small_new)
    # No shadow ends in a line.
    inside = (2 * blur(small_region, max(0.5, _CUT_OFF * longer)) - 1).clamp(0, 1)
    outline = sample_box(_smoothed(small_new, max(0.5, _SMOOTH * longer)), native, box)
    colours = sample_box(_colours(small_painted, small_new, longer), native, box)
    colours = torch.lerp(colours, painted[part], between(new[part], _MIXED, _PURE))
    shaded = ground[part] * (1 - sample_box(darker * inside, native, box))
    ground[part] = torch.lerp(shaded, colours, _sharpened(outline))
    return torch.where(region > 0, ground, site.image)


def _has_pattern(image: Tensor, ground: Tensor, longer: float) -> bool:
    """Whether there is more than gradients and soft shadows in the ground (1, 1, h, w) of an image (1, 3, h, w)."""
    grey = luma(image)
    fine = (grey - blur(grey, max(0.7, _FINE * longer))).abs()[ground]
    return bool(fine.numel()) and float(fine.quantile(_FINEST)) > _PATTERN


def _lit(image: Tensor, darkness: Tensor, others: Tensor, box: Box) -> Tensor:
    """An image (1, 3, h, w) in [0, 1] without a shadow in a box of it, but for other things (1, 1, h, w), of which it
    is not known whether they lie in it. darkness: by how much of its light, in a smaller picture.
    """
    part = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
    result = image.clone()
    darker = sample_box(darkness, (image.shape[-1], image.shape[-2]), box) * (1 - others[part])
    result[part] = (image[part] / (1 - darker).clamp(min=_DARKEST)).clamp(0, 1)
    return result


def _colours(painted: Tensor, new: Tensor, longer: float) -> Tensor:
    """Those of what is new, (1, 3, h, w), also a little beyond its edge."""
    # What is thin is nowhere surely seen, and comes from itself.
    weight = new**_SURELY + 1e-6 * new + 1e-9
    return weighted_blur(painted, weight, max(0.5, _COLOURS * longer), least=0)


def _smoothed(new: Tensor, sigma: float) -> Tensor:
    """An outline (1, 1, h, w) in [0, 1] without its steps; what is thin stays high enough to be shown."""
    smooth = blur(new, sigma)
    high, low = (_grown(each, 2 * sigma) for each in (new, smooth))
    return (smooth * ((0.5 + _FADES / 2) * high / low.clamp(min=1e-3)).clamp(min=1)).clamp(max=1)


def _sharpened(outline: Tensor) -> Tensor:
    """A soft outline (1, 1, h, w) in [0, 1] that fades over less, but over a pixel at least, or it would be stepped."""
    beside = functional.pad(outline, (1, 1, 1, 1), mode="replicate")
    down = (beside[..., 2:, 1:-1] - beside[..., :-2, 1:-1]) / 2
    across = (beside[..., 1:-1, 2:] - beside[..., 1:-1, :-2]) / 2
    return (0.5 + (outline - 0.5) / (down**2 + across**2).sqrt().clamp(min=_FADES)).clamp(0, 1)


def _pieces(difference: Tensor, longer: float) -> Tensor:
    """How surely a painted ground is none (1, 1, h, w), 0 to 1, by its difference (1, 3, h, w) from what is around."""
    unlike = blur(difference.abs().amax(1, keepdim=True), max(0.5, _BESIDE * longer))
    return between(unlike, *_UNLIKE)


def _painted_shadow(painted: Tensor, bare: Tensor, within: Tensor, new: Tensor, longer: float) -> Tensor:
    """By how much of its light what was painted darkens the bare ground, (1, 1, h, w) in [0, 1], around what is new and
    `within` that.
    """
    sigma = max(1.0, _AVERAGED * longer)
    shown, light = (blur(filled(luma(each), within), sigma) for each in (painted, bare))
    near = blur(_grown(new > 0.5, _REACH * longer), max(0.5, _REACH_FADE * longer))
    return (1 - _HAZE - shown / light.clamp(min=_DARKEST)).clamp(0, _DARKENED) * near


def _grown(inside: Tensor, by: float) -> Tensor:
    return dilate(inside.float(), max(1, round(by)))
