"""The detail stage: drawn at native size, in tiles where that is larger, and seen only where it should be."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from text_replace_engine.models.networks.detail import Detail, build_detail
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.detail import _unwoven, detailed
from text_replace_engine.tensors import blur, resample
from text_replace_wire.errors import ModelDamaged
from text_replace_wire.geometry import Box

CONFIG: Config = {"size": 32, "stem": 4, "widths": [32, 32, 64], "told": 16, "text_dim": 8, "finish": [8, 8]}
TEXT = torch.eye(8)[:1]


def stage(trained: bool = True) -> Detail:
    """Of random weights; untrained: as training begins."""
    torch.manual_seed(0)
    network = build_detail(CONFIG)
    if trained:
        with torch.no_grad():
            for weights in network.parameters():
                weights.normal_(0, 0.05)
    return Detail(network.eval(), CONFIG)


def part_of(side: int) -> Part:
    """The middle of a square of `side` pixels."""
    region = torch.zeros(1, 1, side, side)
    region[..., side // 4 : side - side // 4, side // 4 : side - side // 4] = 1
    return Part(region, Box(0, 0, side, side), (8, 8))


def picture(side: int, seed: int = 1) -> Tensor:
    return torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(seed))


def test_it_begins_with_the_painting_and_its_surroundings() -> None:
    """Before it has learnt anything it is an enlargement: the painting in the region, the picture around it."""
    painted, around, part = torch.full((1, 3, 8, 8), 0.3), torch.full((1, 3, 32, 32), 0.7), part_of(32)
    drawn = detailed(painted, around, part, TEXT, stage(trained=False))
    near = blur(part.region, 1).expand(-1, 3, -1, -1)
    for value, where in ((0.7, near < 1e-4), (0.3, near > 1 - 1e-4)):
        assert torch.allclose(drawn[where], torch.tensor(value), atol=4 / 255)
        assert abs(float(drawn[where].mean()) - value) < 0.2 / 255


@pytest.mark.parametrize("side", [16, 32, 48, 100])
def test_the_answer_has_the_size_of_the_area(side: int) -> None:
    """Smaller than the stage draws, as large, in tiles, and beyond what it draws at all; the same every time."""
    first, again = (detailed(picture(8), picture(side, 2), part_of(side), TEXT, stage()) for _ in range(2))
    assert first.shape == (1, 3, side, side)
    assert first.min() >= 0 and first.max() <= 1
    assert torch.equal(first, again)


def test_what_is_small_is_as_crisp_as_what_is_around() -> None:
    """Shrunk to a small area, fine lines keep their contrast, which averages would take from them."""
    lines = (0.5 + 0.4 * torch.sin(torch.arange(32) * 2 * torch.pi / 5)).expand(1, 3, 32, 32)
    part = part_of(24)
    drawn = detailed(lines, lines[..., :24, :24], part, TEXT, stage(trained=False))
    inside = part.region.expand(-1, 3, -1, -1) > 0
    assert drawn[inside].std() > 1.1 * resample(lines, (24, 24))[inside].std()


def test_a_weave_goes_and_what_is_drawn_stays() -> None:
    """What the pixels at one place of every token have in common is taken away where it is faint; ramps, edges, single
    dots and stronger lines stay.
    """
    picture = torch.linspace(0.2, 0.6, 64).expand(1, 3, 64, 64).clone()
    picture[..., 40:, :] += 0.3
    picture[..., 9, 9] += 0.2
    weave = torch.tensor([1.0, 0.4, -0.7, -0.7]).repeat(16).view(1, 1, 64, 1) / 255
    woven = picture + weave + weave.mT
    unwoven = _unwoven(woven, 4)
    # Far from the edge, the dot, and the end of the picture.
    away = torch.zeros(64, 64, dtype=torch.bool)
    away[8:30, 20:56], away[50:56, 8:56] = True, True
    assert float((unwoven - picture).abs()[..., away].max()) < 0.4 / 255 < float((woven - picture).abs().max())
    assert float((unwoven - picture).abs().max()) < 3.1 / 255
    lines = picture + 10 * weave
    assert float((_unwoven(lines, 4) - lines).abs().max()) < 1.2 / 255


def test_what_is_plain_has_a_grain() -> None:
    """Of about a step of 8 bits, without rows or columns, hardly coloured, and the same every time."""
    plain = torch.full((1, 3, 32, 32), 0.5)
    first, again = (detailed(plain, plain, part_of(32), TEXT, stage(trained=False)) for _ in range(2))
    assert torch.equal(first, again)
    grain = (first - 0.5) * 255
    assert 0.4 < float(grain.std()) < 1.2 and float(grain.abs().max()) < 5
    assert max(float(grain.mean(axis).std()) for axis in (2, 3)) < 0.4
    assert float(grain.mean(1).std()) > float((grain - grain.mean(1, keepdim=True)).std())


def test_what_is_drawn_is_sharpened() -> None:
    """Fine lines have more contrast than the stage drew them with, wide ones as much."""
    part = part_of(32)

    def contrast(length: float) -> float:
        lines = (0.5 + 0.2 * torch.sin(torch.arange(32) * 2 * torch.pi / length)).expand(1, 3, 32, 32)
        drawn = detailed(lines, lines, part, TEXT, stage(trained=False))
        return float(drawn[..., 8:24, 8:24].std() / lines[..., 8:24, 8:24].std())

    assert contrast(3) > 1.2
    assert contrast(16) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("side", [32, 64])
def test_it_sees_the_painting_inside_and_the_picture_outside(side: int) -> None:
    """What stood in the region cannot shine through, and what was painted outside it cannot either."""
    part, around, painted = part_of(side), picture(side, 2), picture(16)
    drawn = detailed(painted, around, part, TEXT, stage())
    inside = part.region.expand(-1, 3, -1, -1) > 0
    other = torch.where(inside, picture(side, 3), around)
    assert torch.allclose(detailed(painted, other, part, TEXT, stage()), drawn, atol=1e-6)
    beside = painted.clone()
    beside[..., 0, :] = 1
    changed = (detailed(beside, around, part, TEXT, stage()) - drawn).abs()
    assert changed.max() < 1e-6


def test_the_prompt_is_told() -> None:
    """Another prompt, another drawing."""
    drawn = [detailed(picture(8), picture(32, 2), part_of(32), text, stage()) for text in (TEXT, TEXT.roll(1, 1))]
    assert not torch.equal(*drawn)


def test_stages_of_before_have_no_finish(tmp_path: Path) -> None:
    """A stage whose configuration knows of none, as those up to version 9, is read and draws as it did; one that has a
    finish needs its weights.
    """
    former = {name: value for name, value in CONFIG.items() if name != "finish"}
    weights = stage().network.state_dict()
    without = {name: each for name, each in weights.items() if not name.startswith("finish.")}
    write_role(tmp_path, "detail", former, without)
    drawn = detailed(picture(8), picture(32, 2), part_of(32), TEXT, Detail.load(read_role(tmp_path, "detail")))
    assert drawn.isfinite().all()
    assert not torch.allclose(drawn, detailed(picture(8), picture(32, 2), part_of(32), TEXT, stage()), atol=1e-3)
    write_role(tmp_path, "detail", CONFIG, without)
    with pytest.raises(ModelDamaged):
        Detail.load(read_role(tmp_path, "detail"))


def test_the_finish_goes_over_what_is_near_and_sees_nothing_that_is_replaced() -> None:
    """A pixel depends on what is within a few pixels of it, wherever it lies, and not on what the region hides."""
    finish = stage().network.finish
    assert finish is not None
    region = torch.zeros(1, 1, 64, 64)
    region[..., 8:56, 8:56] = 1
    drawn, around = picture(64), picture(64, 2) * (1 - region)
    with torch.no_grad():
        before = finish(drawn, around, region)
        touched = drawn.clone()
        touched[..., 32, 32] += 1
        changed = (finish(touched, around, region) - before).abs().amax((0, 1)) > 1e-7
        touched = torch.where(region > 0, drawn, picture(64, 3))
        assert torch.allclose(finish(touched, around, region) - touched, before - drawn, atol=1e-6)
    rows, columns = changed.nonzero(as_tuple=True)
    assert int(changed.sum()) > 9
    assert int((rows - 32).abs().max()) < 24 and int((columns - 32).abs().max()) < 24
