"""What networks that know the answer lead to: the right pixels in the right place."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.engine.latent.oracle import Mistakes, oracle_painter, ramp
from tests.engine.latent.painted import PLENTY, painted, region_of
from text_replace_engine.cielab import cielab
from text_replace_engine.painting.latent.memory import LatentPlan
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.tensors import resample
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting

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


#: Of three bars and what holds them together, so that no tile is without surroundings; and what it is painted at.
COMB_SIZE, COMB_REFINED = (500, 400), (496, 400)
COMB = region_of(
    COMB_SIZE, Box(60, 60, 100, 340), Box(200, 60, 240, 340), Box(340, 60, 380, 340), Box(60, 190, 380, 200)
)


def _errors(
    size: tuple[int, int], region: Tensor, scheduler: str, mistakes: Mistakes, **asked: Any
) -> tuple[float, float]:
    """How far the result is from the goal inside the region, and from the original outside."""
    painter, _ = oracle_painter(mistakes)
    canvas = Canvas(ramp(size), region)
    result = painter.render(canvas, painted(painter, canvas, scheduler=scheduler, **asked)[0])
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


@pytest.mark.parametrize("asked", [{"refine": True}, {"tiled_decoding": True}], ids=["refined", "tiled"])
@pytest.mark.parametrize("scheduler", ["ddim", "lcm"])
def test_tiles_paint_the_same(scheduler: str, asked: dict[str, Any]) -> None:
    """Painted again at its own size, or seen by the autoencoder in pieces, all is where it belongs."""
    inside, outside = _errors(COMB_SIZE, COMB, scheduler, Mistakes(), steps=6, **asked)
    assert inside < _NEAR
    assert outside == 0


@pytest.mark.parametrize("mistake", [field.name for field in dataclasses.fields(Mistakes)])
def test_the_oracle_notices_in_tiles(mistake: str) -> None:
    """The same mistakes, in the second pass."""
    inside, _outside = _errors(COMB_SIZE, COMB, "lcm", Mistakes(**{mistake: True}), refine=True)
    assert inside > _FAR


def test_what_was_shrunk_is_refined_at_its_own_size() -> None:
    """What is new reaches no farther than two cells of 8 pixels from the region then, before as many larger ones."""
    painter, unet = oracle_painter()
    canvas, painting = Canvas(ramp(COMB_SIZE), COMB), Painting(options={"refine": True})
    coarse, fine = (painted(painter, canvas, refine=refine)[0] for refine in (False, True))
    for sample, is_fine in ((coarse, False), (fine, True)):
        between_bars = resample(sample.images[0], (400, 500))[:, 2, 60:150, 130:170]
        assert (float(between_bars.max()) < 0.05) == is_fine
    plan: LatentPlan = next(painter.plans(painting, 1, 1, PLENTY))
    facts = painter.facts(plan, painting, fine, "an orange")
    assert (facts["refined"], facts["taken"]) == ([list(COMB_REFINED)], 6 + 2)
    assert {cells.shape[-2:] for cells in unet.cells} == {coarse.images[0][..., ::8, ::8].shape[-2:]}


def test_tiles_leave_no_seams() -> None:
    """Where neighbours are of different opinions one goes over into the other, nowhere in a step."""
    painter, unet = oracle_painter()
    unet.moody = 0.05
    canvas = Canvas(ramp(COMB_SIZE), COMB)
    (sample,) = painted(painter, canvas, refine=True)
    red = sample.images[0][0, 0]
    new = resample(COMB, COMB_REFINED[::-1])[0, 0] > 0.5
    # The ramp itself has 0.0025.
    assert float((red[:, 1:] - red[:, :-1]).abs()[new[:, 1:]].max()) < 0.01
    assert float((red[1:] - red[:-1]).abs()[new[1:]].max()) < 0.01
    assert float((red - ramp(COMB_REFINED)[0, 0]).abs()[new].max()) > 0.02


def test_a_tint_of_the_whole_crop_is_taken_away() -> None:
    """What the autoencoder makes darker everywhere has the colours of the original again, between the bars."""
    painter, _ = oracle_painter(darker=0.04)
    (sample,) = painted(painter, Canvas(ramp(COMB_SIZE), COMB), refine=True)
    pictures = (resample(sample.images[0], COMB_SIZE[::-1]), ramp(COMB_SIZE))
    ours, original = (cielab(picture[..., 220:330, 285:295]).mean((0, 1)) for picture in pictures)
    assert float(np.linalg.norm(ours - original)) < 2
