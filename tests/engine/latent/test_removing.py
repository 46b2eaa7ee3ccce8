"""Removing: what is there gives way to what surrounds it."""

from __future__ import annotations

import pytest
import torch

from tests.engine.latent.painted import canvas_of, painted, region_of
from text_replace_engine.painting.filling import filled
from text_replace_engine.painting.latent.sd15 import options
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter
from text_replace_engine.painting.painter import Canvas
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting

SIZE, REGION = (50, 37), Box(12, 9, 33, 30)


def test_surroundings_are_blurred_in() -> None:
    """Around the region nothing changes, also where that is soft; inside it nothing is left of what was there."""
    region = region_of(SIZE, REGION)
    region[..., 9:30, 12] = 0.01
    image = torch.rand(1, 3, SIZE[1], SIZE[0], generator=torch.Generator().manual_seed(0))
    other = torch.where(region > 0, 1 - image, image)
    result = filled(image, region)
    outside = (region == 0).expand_as(result)
    assert torch.equal(result[outside], image[outside])
    assert torch.equal(result, filled(other, region))
    assert result[~outside].std() < 0.3 * image.std()


def test_the_nearest_surroundings_count_most() -> None:
    """Between black and white it goes from one to the other; one colour stays that colour to the last digit."""
    image = torch.zeros(1, 3, 40, 40)
    image[..., 20:] = 1
    middle = filled(image, region_of((40, 40), Box(5, 0, 35, 40)))[0, 0, 20]
    assert bool((middle.diff() >= -1e-6).all()) and middle[6] < 0.2 and middle[33] > 0.8
    plain = torch.full((1, 3, 37, 50), 0.3)
    assert (filled(plain, region_of(SIZE, REGION)) - plain).abs().max() < 1e-6
    assert (filled(plain, torch.ones(1, 1, 37, 50)) - 0.5).abs().max() < 1e-6


def test_less_of_the_schedule_runs() -> None:
    """0.6 of it, whatever the preset; a strength that was asked for counts more."""
    for accelerated, steps in ((True, 15), (False, 4)):
        assert options.settings_for(Painting(remove=True), accelerated).executed == steps
    asked = Painting(options={"strength": 1.0}, remove=True)
    assert options.settings_for(asked, False).executed == 6
    assert options.settings_for(Painting(), False).executed == 6


@pytest.mark.slow
def test_nothing_of_the_object_is_seen(painter: StableDiffusionPainter) -> None:
    """Whatever was in the region, and whatever words come along, the same is painted there, unlike when replacing."""
    canvas = canvas_of(SIZE, REGION)
    other = Canvas(torch.where(canvas.region > 0, 1 - canvas.image, canvas.image), canvas.region)
    first, second = (painted(painter, one, prompt=text, remove=True)[0] for one, text in ((canvas, ""), (other, "a")))
    assert torch.equal(first.images[0], second.images[0]) and first.steps == 4
    replaced = [painted(painter, one, strength=0.6)[0].images[0] for one in (canvas, other)]
    assert not torch.equal(*replaced) and not torch.equal(first.images[0], replaced[0])
