"""Shares: an edit region that is shared out among several objects, along its longer side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from text_replace_engine.models.lengths import room_for
from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.region import split
from text_replace_engine.tensors import bounding_box
from text_replace_wire.geometry import Box

#: A share is no longer than this many times its shorter side, so that things keep their proportions, and fades into the
#: ground over so much of that side.
_LONGEST, _FADE = 1.3, 0.06
#: Its outline is a superellipse with this exponent, nearly a rectangle.
_EXPONENT = 4.0


@dataclass(frozen=True)
class Share:
    """What is painted of one object. text: what the models are told; region: (1, 1, h, w) in [0, 1]."""

    text: str
    region: Tensor


@dataclass(frozen=True)
class Shares:
    """A region that is shared out. ground: RGB (1, 3, h, w) in [0, 1], the picture without what was in the region, its
    surroundings blurred into it; on that the shares are painted.
    """

    ground: Tensor
    each: tuple[Share, ...]


def shares_of(image: Tensor, region: Tensor, room: Tensor, told: Reading) -> Shares | None:
    """The region's, for the objects that are to be painted apart (see `shared_out`); None where it is one."""
    texts = [thing.text for thing in told.objects]
    return shared_out(image, region, room, texts, room_for(texts)) if len(texts) > 1 else None


def shared_out(
    image: Tensor, region: Tensor, room: Tensor, texts: Sequence[str], sizes: Sequence[float]
) -> Shares | None:
    """A share for every text, from left to right or top to bottom along the longer side of the `room` that a region
    has, (1, 1, h, w) in [0, 1] both, as long as its size among `sizes`, which are 1 together. As many separate parts of
    the room as texts are a share each. None where there is nothing for one of them.
    """
    if not bool((room > 0).any()):
        return None
    parts = split(room)
    box = bounding_box(room, threshold=0.0)
    across = box.width >= box.height
    if len(parts) == len(texts):
        regions = sorted(parts, key=lambda part: _middle(part, across))
    else:
        cuts = [0.0, *accumulate(sizes)]
        places = [_between(box, first, last, across) for first, last in zip(cuts, cuts[1:], strict=False)]
        regions = [room * _shape(room, place) for place in places]
    if not all(bool((part > 0).any()) for part in regions):
        return None
    shares = tuple(Share(text, part) for text, part in zip(texts, regions, strict=True))
    return Shares(filled(image, region), shares)


def _between(box: Box, first: float, last: float, across: bool) -> Box:
    """What lies between two shares of a box's longer side, cut to its proportions in the middle of the shorter one."""
    if across:
        x0, x1 = (round(box.x0 + box.width * share) for share in (first, last))
        left, top, right, bottom = x0, box.y0, x1, box.y1
    else:
        y0, y1 = (round(box.y0 + box.height * share) for share in (first, last))
        left, top, right, bottom = box.x0, y0, box.x1, y1
    spare_x = max(0, (right - left) - round(_LONGEST * (bottom - top))) // 2
    spare_y = max(0, (bottom - top) - round(_LONGEST * (right - left))) // 2
    return Box(left + spare_x, top + spare_y, right - spare_x, bottom - spare_y)


def _shape(like: Tensor, box: Box) -> Tensor:
    """A soft superellipse that fills a box, (1, 1, h, w) in [0, 1]."""
    height, width = like.shape[-2:]
    y = (torch.arange(height, device=like.device) + 0.5 - (box.y0 + box.y1) / 2) / (box.height / 2)
    x = (torch.arange(width, device=like.device) + 0.5 - (box.x0 + box.x1) / 2) / (box.width / 2)
    reach = (x.abs()[None] ** _EXPONENT + y.abs()[:, None] ** _EXPONENT) ** (1 / _EXPONENT)
    return ((1 - reach) / (2 * _FADE)).clamp(0, 1).to(like.dtype)[None, None]


def _middle(part: Tensor, across: bool) -> float:
    box = bounding_box(part, threshold=0.0)
    return (box.x0 + box.x1) / 2 if across else (box.y0 + box.y1) / 2
