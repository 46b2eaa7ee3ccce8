"""A sample becomes pixels: the new objects stay, and around them the picture's own pattern."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.engine.pipeline.stand_ins import FlatPainter, Indifferent
from text_replace_engine.finding.finder import Finding, Seen
from text_replace_engine.models.vocabulary import Named, Reading
from text_replace_engine.painting.gone import Gone
from text_replace_engine.painting.painter import Canvas, Sample
from text_replace_engine.painting.shares import Share, Shares
from text_replace_engine.recognition import seen_around
from text_replace_engine.rendering import rendered
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_engine.steps import finished
from text_replace_engine.tensors import resample
from text_replace_wire.messages import Stage

SIZE = (96, 160)
STRIPES = (torch.arange(SIZE[1]) // 4 % 2 * 0.6 + 0.2).expand(1, 3, *SIZE)
CHANNELS = {"apple": 0, "balloon": 2}


def inside(y0: int, y1: int, x0: int, x1: int) -> Tensor:
    mask = torch.zeros(1, 1, *SIZE)
    mask[..., y0:y1, x0:x1] = 1
    return mask


REGION, GONE, GROUND = inside(8, 88, 10, 150), inside(44, 52, 76, 84), inside(12, 18, 20, 140)
PLACES = {"apple": inside(32, 64, 30, 58), "balloon": inside(32, 64, 104, 132)}
APPLE = Reading("apple")
BOTH = Reading("apple and balloon", objects=(Named("apple"), Named("balloon")))
SHARES = Shares(
    STRIPES, (Share("apple", REGION * inside(0, 96, 0, 80)), Share("balloon", REGION * inside(0, 96, 80, 160)))
)


class ByColour:
    """See `finder.Finder`. Apples are red, balloons are blue."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        yield Stage.SEGMENT
        self.asked.append(phrase)
        channel = CHANNELS[phrase]
        pixels = (image[0, channel] - image[0, 2 - channel] > 0.5).numpy()
        other = (image[0, 2 - channel] - image[0, channel] > 0.5).numpy()
        seen = tuple(Seen(phrase, each, 1.0, 1.0) for each in (pixels, other) if each.any())
        return Finding(seen, (), (), named=((0,),) if pixels.any() else ())


def painted(*names: str) -> Tensor:
    """The region all grey, with these objects in their places."""
    picture = torch.lerp(STRIPES, torch.full_like(STRIPES, 0.45), REGION)
    for name in names:
        # No farther from the stripes than these from each other.
        colour = torch.full((1, 3, 1, 1), 0.2)
        colour[:, CHANNELS[name]] = 0.75
        picture = torch.where(PLACES[name] > 0, colour, picture)
    return picture


def pixels_of(canvas: Canvas, told: Reading, picture: Tensor, finder: ByColour) -> Tensor:
    models = LoadedSet(finder, FlatPainter(), Indifferent(), (), "float32")
    return finished(rendered(models, canvas, told, Sample(0, (picture,))), lambda _: None)[0]


@pytest.mark.parametrize(("told", "shares"), [(APPLE, None), (BOTH, SHARES)], ids=["one object", "two"])
def test_the_ground_keeps_its_pattern_around_every_new_object(told: Reading, shares: Shares | None) -> None:
    """Each object is looked for in its own share of the region, and stays as it was painted."""
    names = told.text.split(" and ")
    picture = painted(*names)
    result = pixels_of(Canvas(STRIPES, REGION, shares=shares, gone=Gone(GONE, GONE)), told, picture, ByColour())
    for kept in (GONE, *(PLACES[name] for name in names)):
        assert torch.allclose(result * kept, picture * kept, atol=0.01)
    assert torch.allclose(result * GROUND, STRIPES * GROUND, atol=1e-5)


def test_what_is_not_called_by_its_name_stays_as_well() -> None:
    """Of two cherries the finder may know one: what else it sees in the painting was painted, too."""
    picture = painted("apple", "balloon")
    result = pixels_of(Canvas(STRIPES, REGION, gone=Gone(GONE, GONE)), APPLE, picture, ByColour())
    for place in PLACES.values():
        assert torch.allclose(result * place, picture * place, atol=0.01)


@pytest.mark.parametrize("gone", [Gone(GONE, GONE), None], ids=["one is not seen", "the region was given"])
def test_all_stays_as_painted_where_it_is_not_known_what_is_new(gone: Gone | None) -> None:
    """A balloon that cannot be told from the ground might be anywhere; in a region that the user drew nothing is looked
    for at all.
    """
    picture, finder = painted("apple"), ByColour()
    result = pixels_of(Canvas(STRIPES, REGION, shares=SHARES, gone=gone), BOTH, picture, finder)
    assert torch.allclose(result, picture, atol=1e-5)
    assert finder.asked == (["apple", "balloon"] if gone is not None else [])


class ByLabels:
    """See `finder.Finder`. Sees these places, whatever it looks for, at any size."""

    def __init__(self, *places: Tensor) -> None:
        self._places = places

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        yield Stage.SEGMENT
        masks = [(resample(place, visible.shape)[0, 0] > 0.5).numpy() for place in self._places]
        return Finding(tuple(Seen(phrase, mask, 1.0, 1.0) for mask in masks), (), (), named=())


def test_a_part_that_the_mask_missed_is_gone_with_the_object() -> None:
    """What touches what is to be replaced, and lies in the region, is no thing beside it; what is elsewhere is one, and
    what only reaches into the region.
    """
    old, part, reaching = inside(30, 60, 60, 90), inside(40, 44, 91, 100), inside(30, 60, 140, 158)
    seen = finished(
        seen_around(Gone(old, old), REGION, STRIPES, "apple", ByLabels(old, part, reaching)), lambda _: None
    )
    assert (seen.gone.solid * part).sum() > 0.9 * part.sum() and (seen.others * part).sum() == 0
    assert (seen.others * reaching).sum() > 0.95 * reaching.sum() and (seen.gone.whole * reaching).sum() == 0


def test_a_shadow_is_no_thing() -> None:
    """What the finder takes for one, but is the shadow of what is gone, is neither left alone nor a part of it."""
    old, shade = inside(30, 60, 60, 90), inside(66, 80, 60, 90)
    gone = Gone(torch.maximum(old, shade), old)
    seen = finished(seen_around(gone, REGION, STRIPES, "apple", ByLabels(old, shade)), lambda _: None)
    assert (seen.others * shade).sum() == 0 and torch.equal(seen.gone.solid, old)


def test_the_edge_of_a_thing_ends_where_the_object_stood() -> None:
    """Around a thing what may be its shadow is left alone; of an object right beside it nothing is."""
    old, beside = inside(30, 60, 60, 90), inside(30, 60, 92, 149)
    seen = finished(
        seen_around(Gone(old, old), inside(0, 96, 0, 100), STRIPES, "apple", ByLabels(old, beside)), lambda _: None
    )
    assert (seen.others * old).sum() == 0
    assert (seen.others * inside(30, 60, 149, 151)).sum() > 0
