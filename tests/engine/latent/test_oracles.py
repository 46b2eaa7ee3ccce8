"""What networks that know the answer lead to: the right pixels in the right place."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from tests.engine.latent.oracle import Mistakes, oracle_painter, ramp
from tests.engine.latent.painted import painted, region_of
from text_replace_engine.painting.painter import Canvas
from text_replace_wire.geometry import Box

pytestmark = pytest.mark.slow

#: Eight pixels of the sizes below are 0.016 of a colour and more.
_NEAR, _FAR = 0.001, 0.015
PLACES = {
    "landscape": ((240, 150), Box(90, 40, 150, 100)),
    "portrait": ((130, 220), Box(30, 120, 70, 190)),
    "square": ((128, 128), Box(40, 40, 88, 88)),
    "at the left edge": ((240, 150), Box(0, 50, 40, 90)),
    "in the corner": ((200, 200), Box(160, 150, 200, 200)),
    "larger than it is painted": ((500, 400), Box(120, 80, 380, 320)),
    "small picture": ((50, 40), Box(15, 12, 33, 30)),
}


def _errors(size: tuple[int, int], region: Tensor, scheduler: str, mistakes: Mistakes) -> tuple[float, float]:
    """How far the result is from the goal inside the region, and from the original outside."""
    painter, _ = oracle_painter(mistakes)
    canvas = Canvas(ramp(size), region)
    result = painter.render(canvas, painted(painter, canvas, scheduler=scheduler)[0])
    inside = (region > 0).expand_as(result)
    goal = ramp(size, blue=1.0)
    return float((result - goal)[inside].abs().max()), float((result - canvas.image)[~inside].abs().max())


@pytest.mark.parametrize("scheduler", ["ddim", "lcm"])
@pytest.mark.parametrize("place", PLACES)
def test_what_is_new_is_where_it_belongs(place: str, scheduler: str) -> None:
    """Inside the region it is what the networks meant, in place, right way up, in its colours; outside not a pixel is
    another.
    """
    size, box = PLACES[place]
    inside, outside = _errors(size, region_of(size, box), scheduler, Mistakes())
    assert inside < _NEAR
    assert outside == 0


@pytest.mark.parametrize("mistake", [field.name for field in dataclasses.fields(Mistakes)])
def test_the_oracle_notices(mistake: str) -> None:
    """A flipped mask, another scale of latents, swapped colours, and a shift by 8 pixels do not pass for right."""
    size, box = PLACES["landscape"]
    inside, _outside = _errors(size, region_of(size, box), "lcm", Mistakes(**{mistake: True}))
    assert inside > _FAR


@pytest.mark.parametrize(
    "region",
    [Box(61, 20, 62, 120), Box(33, 17, 40, 24)],
    ids=["a line of one pixel", "a hole of 7 pixels off the grid"],
)
def test_small_regions_are_painted(region: Box) -> None:
    """The network is told of every cell that the region touches: the library's own masks lose lines and small holes."""
    size = (128, 128)
    inside, outside = _errors(size, region_of(size, region), "lcm", Mistakes())
    assert inside < _NEAR
    assert outside == 0


def test_the_mask_says_where_it_is_new() -> None:
    """1 in the cells of the region, 0 around it."""
    painter, unet = oracle_painter()
    size = (128, 128)
    painted(painter, Canvas(ramp(size), region_of(size, Box(33, 16, 64, 39))))
    expected = torch.zeros(1, 1, 16, 16)
    expected[..., 2:5, 4:8] = 1
    assert torch.equal(unet.cells[0][:1], expected)


def test_separate_parts_are_painted_in_their_places() -> None:
    """Each with its own surroundings."""
    size = (600, 200)
    region = region_of(size, Box(40, 60, 100, 120), Box(480, 90, 560, 150))
    inside, outside = _errors(size, region, "ddim", Mistakes())
    assert inside < _NEAR
    assert outside == 0
