"""What networks of FLUX.2 klein that know the answer lead to: the right pixels in the right place."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.latent.klein_oracle import oracle_klein
from tests.engine.latent.oracle import Mistakes, ramp
from tests.engine.latent.painted import painted, refined, region_of
from tests.engine.latent.test_oracles import PLACES
from text_replace_engine.painting.latent import crops, paint
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.tensors import dilate
from text_replace_wire.geometry import Box

pytestmark = pytest.mark.slow

#: Eight pixels of the sizes below are 0.016 of a colour and more.
_NEAR, _FAR = 0.002, 0.015
SIDE = 128


def _errors(size: tuple[int, int], region: Tensor, mistakes: Mistakes = Mistakes()) -> tuple[float, float]:  # noqa: B008
    """How far the result is from the goal inside the region, and from the original outside."""
    painter, _, _ = oracle_klein(mistakes)
    canvas = Canvas(ramp(size), region)
    result = painter.render(canvas, painted(painter, canvas, working_size=SIDE)[0])
    outside = (region == 0).expand_as(result)
    # Blue ends with the cells, which is seen within pixels of the edge where the result is enlarged.
    within = (dilate((region == 0).float(), 6) == 0).expand_as(result) if size != (SIDE, SIDE) else ~outside
    return (
        float((result - ramp(size, blue=1.0))[within].abs().max()),
        float((result - canvas.image)[outside].abs().max()),
    )


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(place, marks=() if place in ("portrait", "larger than it is painted") else pytest.mark.thorough)
        for place in PLACES
    ],
)
def test_what_is_new_is_where_it_belongs(place: str) -> None:
    """Inside the region it is what the networks meant, in place, right way up, in its colours; outside not a pixel is
    another.
    """
    size, box = PLACES[place]
    inside, outside = _errors(size, region_of(size, box))
    assert inside < _NEAR
    assert outside == 0


@pytest.mark.parametrize("mistake", ["wrong_scale", "swapped_channels", "moved"])
def test_the_oracle_notices(mistake: str) -> None:
    """Another scale of latents, swapped colours, and a shift by 8 pixels do not pass for right."""
    size, box = PLACES["landscape"]
    assert _errors(size, region_of(size, box), Mistakes(**{mistake: True}))[0] > _FAR


def test_the_oracle_notices_a_flipped_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    """And neither does what is painted around the region and not in it."""
    size, box = PLACES["square"]

    def flipped(*told: Any) -> Any:
        view = crops.view_of(*told)
        return dataclasses.replace(view, cells=1 - view.cells)

    monkeypatch.setattr(paint, "view_of", flipped)
    assert _errors(size, region_of(size, box))[0] > _FAR


@pytest.mark.parametrize(
    "region",
    [Box(61, 20, 62, 120), Box(45, 29, 53, 37)],
    ids=["a line of one pixel", "a hole of 8 pixels across cells"],
)
def test_small_regions_are_painted(region: Box) -> None:
    """Every cell that the region touches is new: the library's own masks lose small holes, or paint them by half."""
    inside, outside = _errors((SIDE, SIDE), region_of((SIDE, SIDE), region))
    assert inside < _NEAR
    assert outside == 0


def test_what_the_transformer_is_told() -> None:
    """No guidance; from noise alone down in four steps; the source as a reference beside what is painted; and the same
    place of a cell in both.
    """
    painter, transformer, _ = oracle_klein()
    size, box = PLACES["square"]
    painted(painter, Canvas(ramp(size), region_of(size, box)), working_size=SIDE)
    assert [told["guidance"] for told in transformer.told] == [None] * 4
    times = [float(told["timestep"]) for told in transformer.told]
    assert times[0] == 1 and times == sorted(times, reverse=True)
    own, reference = transformer.told[0]["img_ids"][0].chunk(2)
    assert own[:, 0].unique().tolist() == [0] and reference[:, 0].unique().tolist() == [10]
    assert torch.equal(own[:, 1:], reference[:, 1:]) and own[9].tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("replaced", "said"),
    [("red apple", "Replace the red apple with an orange"), (None, "Fill the area with an orange")],
)
def test_the_prompt_is_an_instruction(replaced: str | None, said: str) -> None:
    """What to replace with what; and to fill the area where the user gave it. The text encoder is read once for it."""
    painter, _, words = oracle_klein()
    size, box = PLACES["square"]
    canvas = Canvas(ramp(size), region_of(size, box), replaced=replaced)
    for _ in range(2):
        painted(painter, canvas, prompt="orange", working_size=SIDE)
    assert words.instructions == [said]


@pytest.mark.parametrize("size", [(1000, 1000), (1200, 900), (99, 350), (2100, 520)])
def test_sizes_are_those_that_the_library_keeps(size: tuple[int, int]) -> None:
    """Exact multiples of 16, at most 1,048,576 pixels, small crops not enlarged beyond 512²: what is not is resized by
    the library, in silence.
    """
    from text_replace_engine.painting.latent.crops import parts_of
    from text_replace_engine.painting.latent.klein.memory import LEARNT

    (part,) = parts_of(region_of(size, Box(0, 0, *size)), LEARNT, 16, 512)
    height, width = part.shape
    assert height % 16 == width % 16 == 0
    assert height * width <= min(1024 * 1024, max(512 * 512, part.area.width * part.area.height))


def test_the_second_pass_is_a_close_up() -> None:
    """What was shrunk much is painted again, in a smaller crop and so at a finer size, from a third of noise; in place
    and in its colours as before; and what was not is left as it is.
    """
    size = (900, 600)
    region = region_of(size, Box(400, 200, 600, 400))
    canvas = Canvas(ramp(size), region)
    painter, transformer, _ = oracle_klein()
    sample = painted(painter, canvas, working_size=SIDE)[0]
    again = refined(painter, canvas, sample, working_size=SIDE, refine=True)
    assert again.refined == (0,)
    assert again.parts[0].area.width < sample.parts[0].area.width / 1.5
    assert [round(float(told["timestep"]), 4) for told in transformer.told[4:]] == [0.35, 0.18]
    result = painter.render(canvas, again)
    within = (dilate((region == 0).float(), 6) == 0).expand_as(result)
    assert (result - ramp(size, blue=1.0))[within].abs().max() < _NEAR
    assert torch.equal(result[(region == 0).expand_as(result)], canvas.image[(region == 0).expand_as(result)])
    near = Canvas(ramp((SIDE, SIDE)), region_of((SIDE, SIDE), Box(40, 40, 80, 80)))
    sample = painted(painter, near, working_size=SIDE)[0]
    assert refined(painter, near, sample, working_size=SIDE, refine=True) == sample
    calls = len(transformer.told)
    assert refined(painter, canvas, again, preset="fast", working_size=SIDE).images == again.images
    assert len(transformer.told) == calls


@pytest.mark.parametrize(
    ("remove", "said"),
    [
        (False, ["Replace the red apple with an orange", "A sharp photograph of an orange"]),
        (True, ["Remove the red apple", "A sharp photograph"]),
    ],
)
def test_the_second_time_is_told_what_there_is(remove: bool, said: list[str]) -> None:
    """What the first instruction names is gone by then. The text encoder is read once for both; and nothing is said of
    a second time that does not come.
    """
    painter, _, words = oracle_klein()
    read: list[int] = []
    load = painter.networks.prompts._load
    painter.networks.prompts._load = lambda: read.append(1) or load()  # type: ignore[func-returns-value]
    large = Canvas(ramp((900, 600)), region_of((900, 600), Box(400, 200, 600, 400)), replaced="red apple")
    (sample,) = painted(painter, large, prompt="orange", working_size=SIDE, remove=remove, refine=True)
    assert words.instructions == said and sample.refined == (0,) and len(read) == 1


@pytest.mark.parametrize(
    ("replaced", "said"), [("red apple", "Remove the red apple"), (None, "Fill the area with its surroundings")]
)
def test_removing_is_an_instruction(replaced: str | None, said: str) -> None:
    """Whatever words come along."""
    painter, _, words = oracle_klein()
    size, box = PLACES["square"]
    canvas = Canvas(ramp(size), region_of(size, box), replaced=replaced)
    painted(painter, canvas, prompt="orange", working_size=SIDE, remove=True)
    assert words.instructions == [said]
