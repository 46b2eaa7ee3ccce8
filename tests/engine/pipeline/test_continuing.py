"""Ground behind what stood there: the picture's own goes on."""

from __future__ import annotations

import pytest
import torch

from tests.engine.pipeline.ground import disc, ground
from text_replace_engine.painting.continuing import continued
from text_replace_engine.tensors import blur

HOLE, NEW = disc(100, 100, 48), disc(104, 108, 30)


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
