"""Ground behind what stood there: the picture's own goes on, and what was painted is seen where the new object is."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from text_replace_engine.painting.continuing import continued
from text_replace_engine.painting.grounding import grounded
from text_replace_engine.tensors import blur

SIDE = 200
GREY = torch.tensor([0.3, 0.5, 0.7]).view(1, 3, 1, 1)


def places(side: int = SIDE) -> tuple[Tensor, Tensor]:
    """x and y of every pixel."""
    y, x = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    return x, y


def disc(x0: float, y0: float, radius: float, side: int = SIDE) -> Tensor:
    """A mask, 0 or 1."""
    x, y = places(side)
    return (((x - x0) ** 2 + (y - y0) ** 2) < radius**2).float()[None, None]


def ground(kind: str, side: int = SIDE) -> Tensor:
    """Two colours by a pattern."""
    x, y = places(side)
    u, v = x * math.cos(0.2) + y * math.sin(0.2), y * math.cos(0.2) - x * math.sin(0.2)
    patterns = {
        "plain": torch.zeros_like(x),
        "gradient": y / SIDE,
        "stripes": ((u % 37) < 18).float(),
        "grid": ((u % 31 < 4) | (v % 31 < 4)).float(),
        "dots": ((((u % 24) - 12) ** 2 + ((v % 24) - 12) ** 2) < 40).float(),
        "horizon": (y > 110).float(),
    }
    pattern = patterns[kind]
    return torch.stack([0.2 + 0.5 * pattern, 0.6 - 0.4 * pattern, 0.3 + 0.3 * pattern])[None]


HOLE, NEW, NONE = disc(100, 100, 48), disc(104, 108, 30), torch.zeros(1, 1, SIDE, SIDE)


@pytest.mark.parametrize("kind", ["plain", "gradient", "stripes", "grid", "dots", "horizon"])
def test_ground_goes_on(kind: str) -> None:
    """Patterns in step, horizons at their height, gradients without a seam, wherever the hole is seen; from what stood
    there, and from where the new object is, nothing is taken.
    """
    clean = ground(kind)
    picture = clean * (1 - HOLE) + HOLE * torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    seen = HOLE * (1 - NEW)
    result = continued(picture, HOLE, NEW, blur(clean, 8))
    error = ((result - clean).abs() * seen).sum() / seen.sum() / 3
    assert error < 4 / 255
    assert torch.equal(result * (1 - HOLE) * (1 - NEW), picture * (1 - HOLE) * (1 - NEW))


def test_patterns_go_on_in_step_in_large_pictures() -> None:
    """To the pixel, though shifts are looked for in a picture that is less than half as large."""
    side = 450
    clean = ground("stripes", side)
    hole = disc(225, 248, 108, side)
    seen = hole * (1 - disc(234, 252, 68, side))
    result = continued(clean * (1 - hole), hole, hole - seen, blur(clean, 18))
    assert ((result - clean).abs() * seen).sum() / seen.sum() / 3 < 1 / 255


def test_other_things_are_no_ground() -> None:
    """Nothing of a neighbour is taken along, and the ground need not be like what surrounds the hole of one."""
    yellow = torch.tensor([0.9, 0.8, 0.1]).view(1, 3, 1, 1)
    crowd = (disc(24, 100, 26) + disc(176, 100, 26) + disc(100, 24, 26) + disc(100, 176, 26)).clamp(max=1)
    clean = ground("gradient")
    picture = (clean * (1 - crowd) + yellow * crowd) * (1 - HOLE)
    result = continued(picture, HOLE, crowd, blur(clean, 8))
    assert ((result - clean).abs() * HOLE).max() < 0.05
    assert torch.equal(result * (1 - HOLE), picture)


def test_without_any_ground_the_guess_stays() -> None:
    """A hole as large as the picture is not an error."""
    everywhere = torch.ones(1, 1, 40, 40)
    guess = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(1))
    nothing = torch.zeros_like(everywhere)
    assert torch.equal(continued(torch.zeros_like(guess), everywhere, nothing, guess), guess)


def test_what_agrees_nowhere_is_hardly_tinted() -> None:
    """Where no shift agrees with the picture, what is filled is not far from what the picture has."""
    side = 60
    hole = torch.zeros(1, 1, side, side)
    hole[..., side // 2 :] = 1
    steep = (torch.arange(side) / side).expand(1, 3, side, side) * (1 - hole)
    result = continued(steep, hole, torch.zeros_like(hole), torch.full_like(steep, 0.25))
    assert result.max() <= 0.7


def test_only_the_new_object_and_its_shadow_are_painted() -> None:
    """What was painted shows where the new object is; beside it a haze is gone, a shadow and the pattern stay."""
    image, region = ground("stripes"), disc(100, 100, 70)
    old, shadow = disc(90, 95, 30), disc(108, 120, 34)
    haze = blur(image, 6) + 0.03
    painted = (haze * (1 - 0.35 * shadow)) * (1 - NEW) + GREY * NEW
    seen = image * (1 - old) + old * torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    result = grounded(painted, seen, region, old, blur(NEW, 1.0), NONE)
    inside = disc(104, 108, 26)
    assert ((result - GREY).abs() * inside).max() < 1e-5
    beside = region * (1 - disc(104, 108, 45)) * (1 - shadow)
    assert ((result - image).abs() * beside).sum() / beside.sum() / 3 < 4 / 255
    fallen = disc(108, 146, 5)
    darker = (result * fallen).sum() / (image * fallen).sum()
    assert 0.6 < darker < 0.9


def test_a_neighbour_keeps_what_reaches_into_the_region() -> None:
    """What was painted over another thing is not shown, though it stood next to the old one."""
    image, region, old = ground("plain"), disc(100, 100, 70), disc(90, 95, 30)
    neighbour = disc(146, 96, 24)
    seen = image * (1 - neighbour) + neighbour * torch.tensor([0.9, 0.8, 0.1]).view(1, 3, 1, 1)
    seen = seen * (1 - old) + old * torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    new = disc(86, 98, 24)
    result = grounded(GREY.expand(-1, -1, SIDE, SIDE), seen, region, old, new, neighbour)
    kept = neighbour * (1 - disc(86, 98, 45))
    assert torch.allclose(result * kept, seen * kept, atol=0.02)


def test_nothing_to_change_changes_nothing() -> None:
    """An empty region leaves what was painted."""
    painted = ground("dots")
    assert torch.equal(grounded(painted, painted, NONE, NONE, NONE, NONE), painted)
