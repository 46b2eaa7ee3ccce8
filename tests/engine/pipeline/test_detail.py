"""The detail stage: drawn at native size, in tiles where that is larger, and seen only where it should be."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from text_replace_engine.models.networks.detail import Detail, build_detail
from text_replace_engine.models.store import Config
from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.detail import detailed
from text_replace_engine.tensors import resample
from text_replace_wire.geometry import Box

CONFIG: Config = {"size": 32, "stem": 4, "widths": [32, 32, 64], "told": 16, "text_dim": 8}
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
    painted, around, part = picture(8), picture(32, 2), part_of(32)
    drawn = detailed(painted, around, part, TEXT, stage(trained=False))
    inside = part.region.expand(-1, 3, -1, -1) > 0
    assert torch.allclose(drawn[~inside], around[~inside], atol=1e-6)
    assert torch.allclose(drawn[inside], resample(painted, (32, 32))[inside], atol=1e-6)


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
