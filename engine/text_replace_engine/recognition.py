"""Where in a painting its object is, and where a picture has things: the set's own finder sees them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from text_replace_engine.finding.finder import Finder, Finding, RememberingFinder
from text_replace_engine.painting.areas import area_around
from text_replace_engine.painting.gone import Gone
from text_replace_engine.tensors import bounding_box, crop, dilate, reduced_size, resample
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Stage

#: The painting is searched at no more than this many pixels a side.
_LONGEST = 256
#: The object's edge may be as far outside of what was found, in shares of the view's longer side.
_EDGE = 0.012
#: Of a thing that is only to be left alone: with its shadow next to it.
_THING_EDGE = 0.02
#: A thing of which more than this share lies in the region, and which is so many pixels from what is gone, is a part of
#: that.
_OWN, _TOUCHES = 0.8, 2


def square_of(region: Tensor) -> Box:
    """What of a picture is searched for what was painted into a region (1, 1, h, w); may reach outside."""
    box = bounding_box(region, threshold=0.0)
    return area_around(box, box.size[::-1])


def seen_in(
    pixels: Tensor, region: Tensor, text: str, finder: Finder, whatever: bool = False
) -> Generator[Stage, None, Tensor | None]:
    """What of pixels RGB (1, 3, h, w) in [0, 1] is the object `text` that was painted into a region (1, 1, h, w), as a
    mask of the square around that, with the object's soft edge; more than one thing where what was painted has several,
    as cherries. None where nothing is. whatever: also what is not called that, as one of two cherries may not be.
    """
    area = square_of(region)
    view, inside = crop(pixels, area), crop(region, area)
    height, width = view.shape[-2:]
    size = reduced_size((height, width), _LONGEST)
    small = resample(view, size)
    within = (resample(inside, size)[0, 0] > 0.5).cpu().numpy()
    finding = yield from _anew(finder).find(small, np.ones(size, bool), text)
    own = _inside(finding, within, whatever)
    if not own:
        return None
    # The soft edge is outside: what is not of its colour there is left alone.
    mask = dilate(_mask(np.any(own, axis=0), view), max(1, round(_EDGE * max(size))))
    return resample(mask, (height, width))


@dataclass(frozen=True)
class Around:
    """What a finder sees where something is to be replaced. gone: that, with parts of it that were taken for other
    things; others: other things, with their edges, (1, 1, h, w) in [0, 1].
    """

    gone: Gone
    others: Tensor


def seen_around(gone: Gone, region: Tensor, image: Tensor, text: str, finder: Finder) -> Generator[Stage, None, Around]:
    """What there is in an image RGB (1, 3, h, w) in [0, 1] where that which is `gone` was, and beside it, by the
    finder, which looks for `text`. region: where something new may be painted, (1, 1, h, w) in [0, 1].
    """
    native = (image.shape[-2], image.shape[-1])
    size = reduced_size(native, _LONGEST)
    old, whole, within = ((resample(mask, size)[0, 0] > 0.5).cpu().numpy() for mask in (gone.solid, gone.whole, region))
    finding = yield from _anew(finder).find(resample(image, size), np.ones(size, bool), text)
    own, beside = np.zeros(size, bool), []
    for seen in finding.ranked:
        if 2 * (seen.pixels & old).sum() >= seen.pixels.sum():
            own |= seen.pixels
        # A shadow may be taken for a thing.
        elif 2 * (seen.pixels & whole).sum() < seen.pixels.sum():
            beside.append(seen.pixels)
    near = ndimage.binary_dilation(own, iterations=_TOUCHES)
    parts, others = np.zeros(size, bool), np.zeros(size, bool)
    for pixels in beside:
        if (pixels & within).sum() > _OWN * pixels.sum() and (pixels & near).any():
            parts |= pixels
        else:
            others |= pixels
    things = _mask(others, image)
    # What is gone may have stood right beside a thing.
    edges = dilate(things, max(1, round(_THING_EDGE * max(size)))) * (1 - _mask(near, image))
    with_parts = gone.with_parts(resample(_mask(parts, image), native))
    return Around(with_parts, resample(torch.maximum(things, edges), native))


def _mask(pixels: NDArray[np.bool_], like: Tensor) -> Tensor:
    return torch.from_numpy(pixels)[None, None].to(like)


def _anew(finder: Finder) -> Finder:
    """The user's own pictures stay in the finder's memory."""
    return finder.anew() if isinstance(finder, RememberingFinder) else finder


def _inside(finding: Finding, within: NDArray[np.bool_], whatever: bool) -> list[NDArray[np.bool_]]:
    """The pixels in a region (h, w) of the candidates that the phrase names; of all there, where it names none, or
    `whatever` is there is meant: what was painted need not be so good that it is known.
    """
    named = set() if whatever else set(chain(*finding.named))
    own = {
        place: seen.pixels & within
        for place, seen in enumerate(finding.ranked)
        # Of what is beside the region at most a part reaches into it.
        if 2 * (seen.pixels & within).sum() > seen.pixels.sum()
    }
    return [pixels for place, pixels in own.items() if place in named] or [*own.values()]
