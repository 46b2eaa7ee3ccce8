"""Backgrounds by the batch: the six kinds of `backgrounds.background`, of the same distribution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.lab.train.composer.draws import Draws, Floats

_SHARES = (0.14, 0.2, 0.14, 0.2, 0.14, 0.18)
#: Noise of more lattice cells a pixel than this is left out.
_FINEST = 0.7
_MOST_LIGHTS = 13


@dataclass(frozen=True)
class Windows:
    """The squares of scenes to draw: corners and sides (n,) in units of the scene's height, `size` pixels a side."""

    x0: Floats
    y0: Floats
    side: Floats
    size: int

    def __len__(self) -> int:
        return len(self.side)

    @property
    def pixel(self) -> Floats:
        """A pixel's height (n,) in units of the scene's height."""
        return self.side / self.size

    def of(self, chosen: NDArray[np.intp]) -> Windows:
        """Some of them."""
        return Windows(self.x0[chosen], self.y0[chosen], self.side[chosen], self.size)


def grounds(draws: Draws, windows: Windows) -> Tensor:
    """Random backgrounds (n, 3, size, size) in [0, 1]."""
    count, size = len(windows), windows.size
    kinds = draws.rng.choice(len(_KINDS), count, p=_SHARES)
    pictures = torch.empty(count, 3, size, size, device=draws.device)
    for number, kind in enumerate(_KINDS):
        chosen = np.flatnonzero(kinds == number)
        if len(chosen):
            pictures[draws.indices(chosen)] = kind(draws, windows.of(chosen))
    grain = draws.planes(np.where(draws.chance(0.3, count), draws.uniform(0.004, 0.03, count), 0))
    noise = torch.randn(count, 1, size, size, generator=draws.noise, device=draws.device)
    return (pictures + grain * noise).clamp(0, 1)


def _colours(draws: Draws, count: int) -> Floats:
    """(n, 3): a quarter grey, the others of any hue."""
    hue, saturation = draws.uniform(0, 6, count, 1), draws.rng.beta(1.5, 1.8, (count, 1)).astype(np.float32)
    value = draws.uniform(0.25, 1, count, 1)
    turn = (np.array([5, 3, 1], np.float32) + hue) % 6
    coloured = value - value * saturation * np.clip(np.minimum(turn, 4 - turn), 0, 1)
    return np.where(draws.chance(0.25, count)[:, None], draws.uniform(0.05, 0.97, count, 1), coloured)


def _near(draws: Draws, colours: Floats, spread: Floats | float) -> Floats:
    count = len(colours)
    spread = np.broadcast_to(np.asarray(spread, np.float32), (count,))[:, None]
    moved = colours + spread * (draws.rng.normal(0, 1, (count, 3)) + draws.rng.normal(0, 1, (count, 1)))
    clipped: Floats = np.clip(moved, 0, 1).astype(np.float32)
    return clipped


def _grid(draws: Draws, windows: Windows) -> tuple[Tensor, Tensor]:
    """Coordinates of every pixel's centre: u (n, 1, 1, s), v (n, 1, s, 1)."""
    steps = (torch.arange(windows.size, device=draws.device) + 0.5) / windows.size
    side = draws.planes(windows.side)
    return draws.planes(windows.x0) + steps * side, draws.planes(windows.y0) + steps[:, None] * side


def _mix(first: Tensor, second: Tensor, weight: Tensor) -> Tensor:
    return first + (second - first) * weight


def _lattice(draws: Draws, windows: Windows, cells: Floats) -> Tensor:
    """Smooth noise (n, 1, s, s) in about [-1, 1] with `cells` (n,) lattice cells over the scene's height."""
    across = int(np.ceil((windows.side * cells).max())) + 4
    values = torch.rand(len(windows), across, across, generator=draws.noise, device=draws.device) * 2 - 1
    rows, columns = (_cubic(draws, start * cells % 1, windows, cells, across) for start in (windows.y0, windows.x0))
    return (rows @ values @ columns.transpose(1, 2))[:, None]


def _cubic(draws: Draws, start: Floats, windows: Windows, cells: Floats, across: int) -> Tensor:
    """What every lattice value counts at every pixel, (n, s, across), by bicubic interpolation with a = -1/2."""
    steps = (torch.arange(windows.size, device=draws.device) + 0.5) / windows.size
    places = draws.planes(start)[:, 0] + 1.5 + steps[:, None] * draws.planes(windows.side * cells)[:, 0]
    away = (places - (torch.arange(across, device=draws.device) + 0.5)).abs()
    near = (1.5 * away - 2.5) * away * away + 1
    far = ((-0.5 * away + 2.5) * away - 4) * away + 2
    return torch.where(away <= 1, near, torch.where(away < 2, far, 0.0))


def _fractal(draws: Draws, windows: Windows, cells: Floats, octaves: int, decay: Floats | float) -> Tensor:
    total = torch.zeros(len(windows), 1, windows.size, windows.size, device=draws.device)
    weight = np.ones(len(windows), np.float32)
    for _ in range(octaves):
        seen = cells * windows.pixel <= _FINEST
        if not seen.any():
            break
        total = total + draws.planes(weight * seen) * _lattice(draws, windows, np.where(seen, cells, 1))
        cells, weight = cells * np.float32(2.1), weight * np.float32(decay)
    return total


def _plain(draws: Draws, windows: Windows) -> Tensor:
    return draws.planes(_colours(draws, len(windows))).expand(-1, -1, windows.size, windows.size)


def _gradient(draws: Draws, windows: Windows) -> Tensor:
    count = len(windows)
    u, v = _grid(draws, windows)
    first = _colours(draws, count)
    second = np.where(draws.chance(0.6, count)[:, None], _near(draws, first, 0.2), _colours(draws, count))
    across, down, reach = (draws.planes(draws.uniform(*span, count)) for span in ((0, 1), (0, 1), (0.7, 1.4)))
    round_ = torch.hypot(u - across, v - down) / reach
    angle = draws.uniform(0, 2 * np.pi, count)
    turned = (u - 0.6) * draws.planes(np.cos(angle)) + (v - 0.5) * draws.planes(np.sin(angle))
    straight = 0.5 + turned * draws.planes(draws.uniform(0.5, 1, count))
    weight = torch.where(draws.planes(draws.chance(0.3, count)) > 0, round_, straight)
    return _mix(draws.planes(first), draws.planes(second), weight.clamp(0, 1))


def _noise(draws: Draws, windows: Windows) -> Tensor:
    count = len(windows)
    first = _colours(draws, count)
    second = _near(draws, first, draws.uniform(0.05, 0.3, count))
    field = _fractal(draws, windows, draws.uniform(2, 30, count), 4, draws.uniform(0.4, 0.8, count))
    return _mix(draws.planes(first), draws.planes(second), (0.5 + 0.6 * field).clamp(0, 1))


def _horizon(draws: Draws, windows: Windows) -> Tensor:
    count = len(windows)
    _, v = _grid(draws, windows)
    level = draws.planes(draws.uniform(0.3, 0.8, count))
    uneven = draws.planes(draws.uniform(0, 0.05, count))
    line = v - level + uneven * _lattice(draws, windows, draws.uniform(1, 6, count))
    low, near = _colours(draws, count), _colours(draws, count)
    sky = _mix(draws.planes(_near(draws, low, 0.15)), draws.planes(low), (v / level).clamp(0, 1))
    lit = ((v - level) / (1 - level)).clamp(0, 1)
    ground = _mix(draws.planes(_near(draws, near, 0.12)), draws.planes(near), lit)
    rough = draws.uniform(0.02, 0.12, count) * draws.chance(0.5, count)
    ground = ground + draws.planes(rough) * _fractal(draws, windows, draws.uniform(6, 30, count), 3, 0.6)
    edge = np.maximum(windows.pixel, draws.rng.choice([0.0, 0.01, 0.05], count))
    return _mix(sky, ground, (0.5 + line / draws.planes(edge)).clamp(0, 1))


def _pattern(draws: Draws, windows: Windows) -> Tensor:
    count = len(windows)
    u, v = _grid(draws, windows)
    first = _colours(draws, count)
    second = np.where(draws.chance(0.7, count)[:, None], _near(draws, first, 0.15), _colours(draws, count))
    angle, period = draws.uniform(0, np.pi, count), draws.uniform(0.04, 0.3, count)
    cosine, sine = draws.planes(np.cos(angle) / period), draws.planes(np.sin(angle) / period)
    a, b = u * cosine + v * sine, v * cosine - u * sine
    dots = draws.planes(draws.uniform(0.2, 0.4, count)) - torch.hypot(a - a.round(), b - b.round())
    lines = torch.maximum((2 * np.pi * a).cos(), (2 * np.pi * b).cos()) - 0.92
    kinds = ((2 * np.pi * a).sin(), (np.pi * a).sin() * (np.pi * b).sin(), dots, lines)
    kind = draws.indices(draws.rng.integers(0, 4, count)).view(-1, 1, 1, 1)
    wave = sum(torch.where(kind == number, each, 0.0) for number, each in enumerate(kinds))
    sharp = draws.planes(np.clip(period / windows.pixel / 4, 1, 20))
    return _mix(draws.planes(first), draws.planes(second), (0.5 + sharp * wave).clamp(0, 1))


def _texture(draws: Draws, windows: Windows) -> Tensor:
    """Wood, stone, foliage, or lights out of focus."""
    kinds = (_wood, _stone, _foliage, _lights)
    count = len(windows)
    kind = draws.rng.integers(0, len(kinds), count)
    pictures = torch.empty(count, 3, windows.size, windows.size, device=draws.device)
    for number, each in enumerate(kinds):
        chosen = np.flatnonzero(kind == number)
        if len(chosen):
            base = _colours(draws, len(chosen))
            dark, light = _near(draws, base * np.float32(0.6), 0.06), _near(draws, base, 0.12)
            pictures[draws.indices(chosen)] = each(draws, windows.of(chosen), dark, light)
    return pictures


def _between(draws: Draws, dark: Floats, light: Floats, field: Tensor) -> Tensor:
    return _mix(draws.planes(dark), draws.planes(light), field.clamp(0, 1))


def _wood(draws: Draws, windows: Windows, dark: Floats, light: Floats) -> Tensor:
    count = len(windows)
    u, v = _grid(draws, windows)
    warp = _fractal(draws, windows, draws.uniform(1, 4, count), 3, 0.5)
    along = v * draws.planes(draws.uniform(6, 20, count)) + u * draws.planes(draws.uniform(0, 2, count))
    rings = ((along + 1.5 * warp) * 2 * np.pi).sin()
    fibres = _fractal(draws, windows, np.full(count, 40, np.float32), 2, 0.6)
    return _between(draws, dark, light, 0.5 + 0.25 * rings + 0.25 * fibres)


def _stone(draws: Draws, windows: Windows, dark: Floats, light: Floats) -> Tensor:
    field = _fractal(draws, windows, draws.uniform(3, 12, len(windows)), 6, 0.75)
    return _between(draws, dark, light, 0.5 + 0.5 * field)


def _foliage(draws: Draws, windows: Windows, dark: Floats, light: Floats) -> Tensor:
    ridges = 1 - _fractal(draws, windows, draws.uniform(4, 16, len(windows)), 4, 0.6).abs()
    return _between(draws, dark, light, ridges * ridges)


def _lights(draws: Draws, windows: Windows, dark: Floats, light: Floats) -> Tensor:
    count = len(windows)
    u, v = _grid(draws, windows)
    field = _lattice(draws, windows, np.full(count, 2, np.float32))
    picture = _between(draws, dark, light, 0.5 + 0.5 * field)
    lit = draws.rng.integers(4, _MOST_LIGHTS + 1, count)
    for number in range(_MOST_LIGHTS):
        x, y, reach = (draws.uniform(*span, count) for span in ((-0.1, 1.5), (-0.1, 1.1), (0.03, 0.2)))
        away = torch.hypot(u - draws.planes(x), v - draws.planes(y))
        disc = (draws.planes(reach) - away) / draws.planes(np.maximum(windows.pixel, reach * 0.2))
        strength = draws.planes(draws.uniform(0.15, 0.6, count) * (number < lit))
        picture = _mix(picture, draws.planes(_near(draws, light, 0.25)), disc.clamp(0, 1) * strength)
    return picture


_KINDS: tuple[Callable[[Draws, Windows], Tensor], ...] = (_plain, _gradient, _noise, _horizon, _pattern, _texture)
