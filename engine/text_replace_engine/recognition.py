"""Where in a painting its object is, and where a picture has things: the set's own finder sees them."""

from __future__ import annotations

from collections.abc import Generator
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.finder import Finder, Finding, RememberingFinder
from text_replace_engine.painting.areas import area_around
from text_replace_engine.tensors import bounding_box, crop, dilate, reduced_size, resample
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Stage

#: The painting is searched at no more than this many pixels a side.
_LONGEST = 256
#: The object's edge may be as far outside of what was found, in shares of the view's longer side.
_EDGE = 0.012
#: Of a thing that is only to be left alone: with its shadow next to it.
_THING_EDGE = 0.02


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
    mask = dilate(torch.from_numpy(np.any(own, axis=0))[None, None].to(view), max(1, round(_EDGE * max(size))))
    return resample(mask, (height, width))


def things_beside(gone: Tensor, image: Tensor, text: str, finder: Finder) -> Generator[Stage, None, Tensor]:
    """Where an image RGB (1, 3, h, w) in [0, 1] has things other than that which is `gone`, by the finder, which looks
    for `text`, and their edges; both (1, 1, h, w) in [0, 1].
    """
    native = (image.shape[-2], image.shape[-1])
    size = reduced_size(native, _LONGEST)
    old = (resample(gone, size)[0, 0] > 0.5).cpu().numpy()
    finding = yield from _anew(finder).find(resample(image, size), np.ones(size, bool), text)
    others = [seen.pixels for seen in finding.ranked if 2 * (seen.pixels & old).sum() < seen.pixels.sum()]
    things = torch.from_numpy(np.any([np.zeros(size, bool), *others], axis=0))[None, None].to(image)
    return resample(dilate(things, max(1, round(_THING_EDGE * max(size)))), native)


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
