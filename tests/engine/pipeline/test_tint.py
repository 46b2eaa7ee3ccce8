"""Colours that a network gives the whole picture are taken away again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from text_replace_engine.cielab import cielab, from_cielab
from text_replace_engine.painting.tint import without_tint
from text_replace_engine.tensors import blur

#: The region is a quarter of the picture, in its middle.
CELLS = torch.zeros(1, 1, 32, 32)
CELLS[..., 8:24, 8:24] = 1
NEW = np.zeros((128, 128), bool)
NEW[32:96, 32:96] = True

Tint = Callable[[Tensor], Tensor]


def picture() -> Tensor:
    """Blurred noise of many colours and sizes, (1, 3, 128, 128) in [0, 1], with other colours in the middle."""
    noise = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(3))
    coarse, fine = (sigma * (blur(noise.roll(sigma, 1), sigma) - 0.5) for sigma in (12, 3))
    image = (0.5 + 1.5 * coarse + fine).clamp(0.08, 0.92)
    image[..., 32:96, 32:96] = image[..., 32:96, 32:96].flip(1)
    return image


def _in_lab(shift: tuple[float, float, float], scale: float = 1.0) -> Tint:
    return lambda image: from_cielab(((cielab(image) - 50) * scale + 50 + np.array(shift)).astype(np.float32))


TINTS: dict[str, Tint] = {
    "yellow": _in_lab((0, 1, 8)),
    "dark and green": _in_lab((-6, -5, 2)),
    "pale": _in_lab((2, 0, 0), 0.88),
    "less contrast": lambda image: (image - 0.5) * 0.88 + 0.5,
    "more red, less blue": lambda image: image + torch.tensor([0.04, 0, -0.03]).view(1, 3, 1, 1),
    "a warmer light": lambda image: image * torch.tensor([1.08, 1, 0.92]).view(1, 3, 1, 1),
    "a greener light": lambda image: image * torch.tensor([0.93, 1.05, 0.95]).view(1, 3, 1, 1),
}


def _difference(one: Tensor, other: Tensor) -> float:
    """Mean ΔE inside of the region."""
    return float(np.linalg.norm(cielab(one) - cielab(other), axis=-1)[NEW].mean())


@pytest.mark.parametrize("tint", TINTS)
def test_a_tint_is_taken_away(tint: str) -> None:
    """By what it did around the region, where less than 2 ΔE are left in the region, of 3 and more."""
    tinted = TINTS[tint](picture())
    assert _difference(tinted, picture()) > 3
    assert _difference(without_tint(tinted, picture(), CELLS), picture()) <= 2


def test_what_is_new_does_not_count() -> None:
    """A red object in grey surroundings stays as red as it is, and what is next to it may be reddish."""
    original = picture()
    painted = original.clone()
    painted[..., 28:100, 28:100] = torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1)
    assert without_tint(painted, original, CELLS) is painted


@pytest.mark.parametrize(
    ("painted", "cells"),
    [
        (picture(), CELLS),
        (blur(picture(), 0.7), CELLS),
        (TINTS["yellow"](picture()), torch.ones_like(CELLS)),
        (_in_lab((0, 0, 30))(picture()), CELLS),
        (_in_lab((5, 0, 0))(picture().flip(-1)), CELLS),
        (torch.full_like(picture(), 0.45), CELLS),
        (torch.cat([picture()[:, :1], picture()[:, 1:].flip(-1)], 1), CELLS),
    ],
    ids=["none", "only less sharp", "nothing around", "more than a tint", "another picture", "no picture", "in red"],
)
def test_nothing_else_is_touched(painted: Tensor, cells: Tensor) -> None:
    """Where there is no tint, nothing to see it by, or more than one, the same pixels come back."""
    assert without_tint(painted, picture(), cells) is painted


def test_lab_and_back() -> None:
    """White, black and a known red (IEC 61966-2-1) are what they are, and every colour comes back."""
    known = torch.tensor([[1.0, 1, 1], [0, 0, 0], [1, 0, 0]]).T.view(1, 3, 1, 3)
    expected = np.array([[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.2]])
    assert np.abs(cielab(known)[0] - expected).max() < 0.1
    image = torch.rand(1, 3, 40, 50, generator=torch.Generator().manual_seed(0))
    assert (from_cielab(cielab(image)) - image).abs().max() < 1e-3
