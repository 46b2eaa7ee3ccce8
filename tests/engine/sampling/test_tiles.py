"""Tiles against denoisers whose answer is known in closed form."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tests.engine.sampling.draining import drain
from text_replace_engine.models.networks.denoiser import linear_schedule
from text_replace_engine.painting.guided.options import settings_for
from text_replace_engine.painting.guided.sampling.guidance import Denoise, Guidance, Prediction
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings
from text_replace_engine.painting.guided.sampling.sampler import sample
from text_replace_engine.painting.guided.sampling.tiles import FINEST, tiled
from text_replace_engine.painting.tiles import cut, tiles_over
from text_replace_engine.tensors import resample
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting

ALPHAS = linear_schedule()
TILE, SIDE = 64, 112
WHOLE = torch.ones(1, 1, SIDE, SIDE)
#: What is left of every preset's guidance is the step itself.
UNGUIDED = dataclasses.replace(
    PRESETS[Preset.STANDARD], lambda_clip=0.0, lambda_lpips=0.0, lambda_l2=0.0, cutouts=(1, 1)
)


def spectrum(side: int) -> Tensor:
    """Power of every frequency of pictures as photographs are (1/f²), their variance about 0.1 in [-1, 1]."""
    frequency = torch.fft.fftfreq(side, dtype=torch.float64)
    squares = frequency[:, None] ** 2 + frequency**2
    squares[0, 0] = (0.5 / SIDE) ** 2
    power: Tensor = 3e-3 / squares
    return power.float()


def exact(side: int) -> Denoise:
    """E[x_0 | x_t] for such pictures (Wiener's filter)."""

    def denoise(x_t: Tensor, t: Tensor) -> Prediction:
        alpha = ALPHAS[t].float().view(-1, 1, 1, 1)
        gain = alpha.sqrt() * spectrum(side) / (alpha * spectrum(side) + 1 - alpha)
        return Prediction(torch.fft.ifft2(torch.fft.fft2(x_t) * gain).real)

    return denoise


def drawn(seed: int) -> Tensor:
    """One such picture."""
    noise = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
    picture: Tensor = torch.fft.ifft2(torch.fft.fft2(noise) * spectrum(SIDE).sqrt()).real
    return picture


def detail(picture: Tensor) -> float:
    """Power of what a picture of TILE pixels cannot hold, as a share of what there should be."""
    power = torch.fft.fft2(picture).abs().square().mean(1)[0] / SIDE**2 / spectrum(SIDE)
    frequency = torch.fft.fftfreq(SIDE)
    radius = (frequency[:, None] ** 2 + frequency**2).sqrt()
    return float(power[(radius > 0.5 * TILE / SIDE) & (radius < 0.5)].mean())


def encode(image: Tensor) -> Tensor:
    return torch.nn.functional.normalize(image.mean((2, 3)), dim=1)


def distance(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).square().mean((1, 2, 3))


def refined(start: Tensor, original: Tensor, mask: Tensor, settings: PresetSettings, denoise: Denoise) -> Tensor:
    """x_0 of painting `start` again."""
    guidance = Guidance(encode, 16, distance, torch.tensor([[1.0, 0.0, 0.0]]), original, mask, settings.refinement)
    return drain(sample(denoise, ALPHAS, guidance, settings.refinement, [7], False, start))[0]


def in_tiles(original: Tensor, mask: Tensor = WHOLE) -> Denoise:
    return tiled([(tile, exact(TILE)) for tile in tiles_over(mask, (TILE, TILE))], original)


@given(st.integers(16, 80), st.integers(16, 80), st.floats(1, 4), st.floats(1, 4))
def test_tiles_cover_and_overlap(height: int, width: int, times_high: float, times_wide: float) -> None:
    """Every pixel lies in a tile, every tile in the picture, and neighbours share at least a quarter."""
    mask = torch.ones(1, 1, round(height * times_high), round(width * times_wide))
    tiles = tiles_over(mask, (height, width))
    seen = torch.zeros_like(mask)
    for tile in tiles:
        assert tile.size == (width, height)
        assert tile == tile.clipped((mask.shape[-1], mask.shape[-2]))
        cut(seen, tile).add_(1)
    assert bool((seen > 0).all())
    starts = sorted({tile.x0 for tile in tiles})
    assert all(second - first <= 0.75 * width + 1 for first, second in zip(starts, starts[1:], strict=False))


@pytest.mark.parametrize("side", [32, 64, 192, 256, 352, 512])
def test_the_finest_picture_is_four_tiles(side: int) -> None:
    """What is painted at most in tiles costs four forward passes a step."""
    assert len(tiles_over(torch.ones(1, 1, round(side * FINEST), round(side * FINEST)), (side, side))) == 4
    assert len(tiles_over(torch.ones(1, 1, side, side), (side, side))) == 1


def test_tiles_without_anything_to_paint_are_left_out() -> None:
    """A region in one corner costs one tile; elsewhere x̂0 is the original, with the smallest variance."""
    mask = torch.zeros(1, 1, SIDE, SIDE)
    mask[..., 5:20, 90:100] = 1
    tiles = tiles_over(mask, (TILE, TILE))
    assert tiles == [Box(SIDE - TILE, 0, SIDE, TILE)]
    original = drawn(1)

    def learnt(x_t: Tensor, t: Tensor) -> Prediction:
        return Prediction(torch.full_like(x_t, 0.5), torch.full_like(x_t, 0.25))

    told = tiled([(tiles[0], learnt)], original)(torch.zeros(1, 3, SIDE, SIDE), torch.tensor([100]))
    assert told.variance is not None
    assert torch.equal(told.denoised[..., TILE:, :], original[..., TILE:, :])
    assert bool((told.variance[..., TILE:, :] == -1).all())
    assert torch.allclose(cut(told.denoised, tiles[0]), torch.tensor(0.5))
    assert torch.allclose(cut(told.variance, tiles[0]), torch.tensor(0.25))


def test_what_depends_on_no_neighbour_is_the_same_in_tiles() -> None:
    """A denoiser that looks at each pixel alone answers the same, tiled or not: weights add up to 1, corners too."""

    def alone(x_t: Tensor, t: Tensor) -> Prediction:
        return Prediction(0.3 * x_t)

    x_t = torch.randn(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    tiles = tiles_over(WHOLE, (TILE, TILE))
    answer = tiled([(tile, alone) for tile in tiles], drawn(0))(x_t, torch.tensor([100, 100]))
    assert torch.allclose(answer.denoised, 0.3 * x_t, atol=1e-6)
    assert answer.variance is None


def test_tiles_that_disagree_show_no_edge() -> None:
    """Where neighbours answer 0 and 1 x̂0 rises over all that they share, by no more than twice its evenest slope."""

    def constant(value: float) -> Denoise:
        return lambda x_t, t: Prediction(torch.full_like(x_t, value))

    tiles = [Box(0, 0, TILE, TILE), Box(SIDE - TILE, 0, SIDE, TILE)]
    parts = [(tile, constant(float(number))) for number, tile in enumerate(tiles)]
    x_t = torch.zeros(1, 3, TILE, SIDE)
    denoised = tiled(parts, x_t)(x_t, torch.tensor([100])).denoised
    slope = denoised.diff(dim=-1)
    assert float(denoised.min()) == 0 and float(denoised.max()) == 1
    assert float(slope.min()) >= 0
    assert float(slope.max()) <= 2.5 / (2 * TILE - SIDE)


def test_tiles_weigh_by_a_squared_sine() -> None:
    """An answer counts by sin²(π·x/side)·sin²(π·y/side), x and y at the middles of its pixels, for every sample."""
    tiles = [Box(0, 0, 4, 6), Box(2, 1, 6, 7)]
    windows = torch.zeros(2, 7, 6, dtype=torch.float64)
    for window, tile in zip(windows, tiles, strict=True):
        for y in range(tile.height):
            for x in range(tile.width):
                weight = math.sin(math.pi * (x + 0.5) / tile.width) * math.sin(math.pi * (y + 0.5) / tile.height)
                window[tile.y0 + y, tile.x0 + x] = weight**2

    def answer(value: float) -> Denoise:
        return lambda x_t, t: Prediction(value * torch.ones_like(x_t) * torch.tensor([1.0, 2.0]).view(2, 1, 1, 1))

    x_t = torch.zeros(2, 3, 7, 6)
    parts = [(tiles[0], answer(0.25)), (tiles[1], answer(1.0))]
    denoised = tiled(parts, torch.full((1, 3, 7, 6), -1.0))(x_t, torch.tensor([100, 100])).denoised
    covered = windows.sum(0) > 0
    expected = ((0.25 * windows[0] + windows[1]) / windows.sum(0))[covered].float()
    for number, picture in enumerate(denoised):
        assert torch.allclose(picture[:, covered], (number + 1) * expected.expand(3, -1), atol=1e-6)
        assert bool((picture[:, ~covered] == -1).all())
    assert denoised.dtype == x_t.dtype


def test_detail_that_enlarging_lacks_comes_back() -> None:
    """With the exact denoiser of pictures like photographs, refining by the standard preset makes half of the missing
    detail, keeps what was there, and no line shows where tiles meet.
    """
    found, enlarged, changed, seam = [], [], [], []
    for seed in range(4):
        small = resample((drawn(seed) + 1) / 2, (TILE, TILE))
        start = resample(small, (SIDE, SIDE)) * 2 - 1
        again = refined(start, start, WHOLE, UNGUIDED, in_tiles(start))
        found.append(detail(again))
        enlarged.append(detail(start))
        coarse = (resample((picture + 1) / 2, (TILE // 2, TILE // 2)) * 2 - 1 for picture in (again, start))
        changed.append(float((next(coarse) - next(coarse)).square().mean().sqrt()))
        slopes = again.diff(dim=-1).abs().mean((0, 1, 2))
        edges = [SIDE - TILE - 1, SIDE - TILE, TILE - 1, TILE]
        seam.append(float(slopes[edges].mean() / slopes.mean()))
    assert max(enlarged) < 0.2
    assert min(found) > 0.5
    assert max(changed) < 0.1
    assert sum(seam) / len(seam) < 1.1


def test_refining_touches_nothing_outside_the_mask() -> None:
    """The picture outside m is exactly the original at the end, and the same seed gives the same picture."""
    original, start = drawn(3), drawn(4)
    mask = torch.zeros(1, 1, SIDE, SIDE)
    mask[..., 30:80, 40:90] = 1
    settings = dataclasses.replace(PRESETS[Preset.STANDARD], cutouts=(2, 2))
    start = start * mask + original * (1 - mask)
    first, again = (refined(start, original, mask, settings, in_tiles(original, mask)) for _ in range(2))
    outside = mask.expand_as(original) == 0
    assert torch.equal(first[outside], original.clamp(-1, 1)[outside])
    assert torch.equal(first, again)
    assert (first - start)[~outside].abs().mean() > 0.01


def test_presets_say_what_is_refined() -> None:
    """standard and best run six half steps again; paper, as published, and fast do not; --strength is the most."""
    assert [PRESETS[preset].refined > 0 for preset in (Preset.PAPER, Preset.STANDARD, Preset.FAST, Preset.BEST)] == [
        False,
        True,
        False,
        True,
    ]
    refinement = PRESETS[Preset.STANDARD].refinement
    assert (refinement.steps, refinement.full_gradient) == (6, False)
    assert settings_for(Painting(options={"strength": 0.04})).refinement.steps == 2
