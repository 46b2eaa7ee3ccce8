"""CLIP's views of a picture of coordinates: every pixel of a view says where it was taken from."""

from __future__ import annotations

import torch
from torch import Tensor

from text_replace_engine.painting.guided.sampling.guidance import cutouts

SIDE, COUNT = 32, 64


def places(size: int) -> Tensor:
    """Of the middles of `size` pixels, from −1 to 1."""
    return (torch.arange(size) + 0.5) / size * 2 - 1


def test_views_are_where_the_random_numbers_say() -> None:
    """In this order, one of each a view: 60 to 110 % of the side, mirrored or not, how far to the right and down within
    the room that is left (at least 5 %); then noise of 0.02; then 90 to 110 % of the brightness. Outside is mirrored.
    """
    image = torch.zeros(1, 3, SIDE, SIDE)
    image[0, 0], image[0, 1], image[0, 2] = places(SIDE)[None, :], places(SIDE)[:, None], 1
    size = 16
    views = cutouts(image, size, COUNT, torch.Generator().manual_seed(4))

    rng = torch.Generator().manual_seed(4)
    scale, mirrored, right, down = (torch.rand(COUNT, generator=rng) for _ in range(4))
    noise = torch.randn(COUNT, 3, size, size, generator=rng)
    bright = (0.9 + 0.2 * torch.rand(COUNT, generator=rng)).view(-1, 1, 1)
    scale = 0.6 + 0.5 * scale
    room = (1 - scale).clamp(min=0.05)
    assert bool((room == 0.05).any()) and bool((room > 0.05).any())
    x = (torch.where(mirrored < 0.5, -scale, scale))[:, None] * places(size) + (room * (2 * right - 1))[:, None]
    y = scale[:, None] * places(size) + (room * (2 * down - 1))[:, None]

    told = views - 0.02 * noise
    assert torch.allclose(told[:, 2], bright.expand(-1, size, size), atol=1e-5)
    for channel, wanted in ((0, x[:, None, :]), (1, y[:, :, None])):
        reflected = torch.where(wanted.abs() > 1, wanted.sign() * (2 - wanted.abs()), wanted)
        # Within half a pixel of the border a place is the middle of the last pixel.
        inside = (reflected.abs() < 1 - 1 / SIDE).expand(-1, size, size)
        expected = (bright * reflected.expand(-1, size, size))[inside]
        assert torch.allclose(told[:, channel][inside], expected, atol=1e-4)
        assert bool((wanted.abs() > 1).any())


def test_one_view_is_the_whole_picture_smaller() -> None:
    """Every pixel of a picture larger than CLIP's size counts, each place stays where it is, and no random number is
    drawn.
    """
    image = torch.zeros(1, 3, 64, 64)
    image[:, 0, :, ::4] = 1
    image[:, 1], image[:, 2] = places(64), places(64)[:, None]
    rng = torch.Generator().manual_seed(0)
    seen = cutouts(image, 16, 1, rng)
    assert seen.shape == (1, 3, 16, 16)
    inner = seen[0, :, 2:-2, 2:-2]
    assert torch.allclose(inner[0], torch.tensor(0.25), atol=0.07)
    assert torch.allclose(inner[1], places(16)[2:-2].expand(12, -1), atol=1e-5)
    assert torch.allclose(inner[2], places(16)[2:-2, None].expand(-1, 12), atol=1e-5)
    assert torch.equal(rng.get_state(), torch.Generator().manual_seed(0).get_state())
