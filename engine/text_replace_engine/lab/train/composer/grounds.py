"""Backgrounds by the batch: the six kinds of `backgrounds.background`, of the same distribution."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.lab.train.composer.draws import Draws, Floats

_SHARES = (0.14, 0.2, 0.14, 0.2, 0.14, 0.18)
#: Noise of more lattice cells a pixel than this is left out.
_FINEST = 0.7
_MOST_LIGHTS = 13
#: What each of the four nearest values counts, in powers of the place between the middle two: 1, t, t² and t³.
_CUBIC = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
_Kind = TypeVar("_Kind")


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
    for kind, chosen, places in _parts(draws, kinds, _KINDS):
        pictures[places] = kind(draws, windows.of(chosen))
    grainy = np.flatnonzero(draws.chance(0.3, count))
    noise = torch.randn(len(grainy), 1, size, size, generator=draws.noise, device=draws.device)
    noise *= draws.planes(draws.uniform(0.004, 0.03, len(grainy)))
    places = draws.indices(grainy)
    pictures[places] = noise.add(pictures[places])
    return pictures.clamp_(0, 1)


def _parts(
    draws: Draws, kinds: NDArray[np.int64], of_kind: Sequence[_Kind]
) -> Iterator[tuple[_Kind, NDArray[np.intp], Tensor]]:
    """What there is for each kind that occurs, and which are of it, on the host and on the device."""
    for number, each in enumerate(of_kind):
        chosen = np.flatnonzero(kinds == number)
        if len(chosen):
            yield each, chosen, draws.indices(chosen)


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
    return ((second - first) * weight).add_(first)


def _length(across: Tensor, down: Tensor) -> Tensor:
    # `hypot` is slower by far for numbers of a row and of a column.
    return (across**2 + down**2).sqrt_()


def lattice(draws: Draws, windows: Windows, cells: Floats, weight: Floats | float = 1) -> Tensor:
    """Smooth noise (n, 1, s, s) in about [-1, 1], times `weight` (n,), with `cells` (n,) lattice cells over the scene's
    height.
    """
    count, size = len(windows), windows.size
    across = int(np.ceil((windows.side * cells).max())) + 4
    values = torch.rand(count, across, across, generator=draws.noise, device=draws.device)
    values = values.mul_(2).sub_(1) * draws.planes(weight * np.ones(count))[:, 0]
    start = np.concatenate([windows.y0 * cells % 1, windows.x0 * cells % 1])
    steps = draws.floats(np.tile(windows.pixel * cells, 2))[:, None] * (torch.arange(size, device=draws.device) + 0.5)
    places = draws.floats(start + 1)[:, None] + steps
    before = places.floor()
    # What the four nearest lattice values count at every pixel, by bicubic interpolation with a = -1/2.
    inner = (places - before)[..., None]
    powers = torch.cat([torch.ones_like(inner), inner, inner**2, inner**3], 2)
    near = before.long()[..., None] + torch.arange(-1, 3, device=draws.device)
    counts = torch.zeros(2 * count, size, across, device=draws.device).scatter_(2, near, powers @ draws.floats(_CUBIC))
    return (counts[:count] @ values @ counts[count:].transpose(1, 2))[:, None]


def _fractal(draws: Draws, windows: Windows, cells: Floats, octaves: int, decay: Floats | float) -> Tensor:
    total = torch.zeros(len(windows), 1, windows.size, windows.size, device=draws.device)
    weight = np.ones(len(windows), np.float32)
    for _ in range(octaves):
        seen = cells * windows.pixel <= _FINEST
        if not seen.any():
            break
        total += lattice(draws, windows, np.where(seen, cells, 1), weight * seen)
        cells, weight = cells * np.float32(2.1), weight * np.float32(decay)
    return total


def _plain(draws: Draws, windows: Windows) -> Tensor:
    return draws.planes(_colours(draws, len(windows))).expand(-1, -1, windows.size, windows.size)


def _gradient(draws: Draws, windows: Windows) -> Tensor:
    count = len(windows)
    u, v = _grid(draws, windows)
    first = _colours(draws, count)
    second = np.where(draws.chance(0.6, count)[:, None], _near(draws, first, 0.2), _colours(draws, count))
    weight = torch.empty(count, 1, windows.size, windows.size, device=draws.device)
    for kind, chosen, places in _parts(draws, draws.rng.choice(2, count, p=(0.7, 0.3)), (_straight, _round)):
        weight[places] = kind(draws, u[places], v[places], len(chosen))
    return _mix(draws.planes(first), draws.planes(second), weight.clamp_(0, 1))


def _straight(draws: Draws, u: Tensor, v: Tensor, count: int) -> Tensor:
    angle, steep = draws.uniform(0, 2 * np.pi, count), draws.uniform(0.5, 1, count)
    across, down = draws.planes(np.cos(angle) * steep), draws.planes(np.sin(angle) * steep)
    return (u - 0.6) * across + ((v - 0.5) * down + 0.5)


def _round(draws: Draws, u: Tensor, v: Tensor, count: int) -> Tensor:
    x, y, reach = (draws.planes(draws.uniform(*span, count)) for span in ((0, 1), (0, 1), (0.7, 1.4)))
    return _length((u - x) / reach, (v - y) / reach)


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
    line = v - level + uneven * lattice(draws, windows, draws.uniform(1, 6, count))
    low, near = _colours(draws, count), _colours(draws, count)
    sky = _mix(draws.planes(_near(draws, low, 0.15)), draws.planes(low), (v / level).clamp(0, 1))
    lit = ((v - level) / (1 - level)).clamp(0, 1)
    ground = _mix(draws.planes(_near(draws, near, 0.12)), draws.planes(near), lit)
    rough = np.flatnonzero(draws.chance(0.5, count))
    if len(rough):
        chosen = draws.indices(rough)
        texture = _fractal(draws, windows.of(rough), draws.uniform(6, 30, len(rough)), 3, 0.6)
        texture *= draws.planes(draws.uniform(0.02, 0.12, len(rough)))
        ground = ground.expand(-1, -1, -1, windows.size).index_add(0, chosen, texture.expand(-1, 3, -1, -1))
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
    wave = torch.empty_like(a)
    for kind, _, places in _parts(draws, draws.rng.integers(0, len(_WAVES), count), _WAVES):
        wave[places] = kind(draws, a[places], b[places])
    sharp = draws.planes(np.clip(period / windows.pixel / 4, 1, 20))
    return _mix(draws.planes(first), draws.planes(second), (0.5 + sharp * wave).clamp(0, 1))


def _stripes(draws: Draws, a: Tensor, b: Tensor) -> Tensor:
    return (2 * np.pi * a).sin_()


def _checks(draws: Draws, a: Tensor, b: Tensor) -> Tensor:
    return (np.pi * a).sin_().mul_((np.pi * b).sin_())


def _dots(draws: Draws, a: Tensor, b: Tensor) -> Tensor:
    return draws.planes(draws.uniform(0.2, 0.4, len(a))) - torch.hypot(a - a.round(), b - b.round())


def _lines(draws: Draws, a: Tensor, b: Tensor) -> Tensor:
    return torch.maximum((2 * np.pi * a).cos_(), (2 * np.pi * b).cos_()).sub_(0.92)


_WAVES = (_stripes, _checks, _dots, _lines)


def _texture(draws: Draws, windows: Windows) -> Tensor:
    """Wood, stone, foliage, or lights out of focus."""
    count = len(windows)
    pictures = torch.empty(count, 3, windows.size, windows.size, device=draws.device)
    kinds = (_wood, _stone, _foliage, _lights)
    for kind, chosen, places in _parts(draws, draws.rng.integers(0, len(kinds), count), kinds):
        base = _colours(draws, len(chosen))
        dark, light = _near(draws, base * np.float32(0.6), 0.06), _near(draws, base, 0.12)
        pictures[places] = kind(draws, windows.of(chosen), dark, light)
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
    field = lattice(draws, windows, np.full(count, 2, np.float32))
    picture = _between(draws, dark, light, 0.5 + 0.5 * field)
    lit = draws.rng.integers(4, _MOST_LIGHTS + 1, count)
    x, y, reach = (draws.uniform(*span, _MOST_LIGHTS, count) for span in ((-0.1, 1.5), (-0.1, 1.1), (0.03, 0.2)))
    strength = draws.uniform(0.15, 0.6, _MOST_LIGHTS, count) * (np.arange(_MOST_LIGHTS)[:, None] < lit)
    colour = _near(draws, np.tile(light, (_MOST_LIGHTS, 1)), 0.25).reshape(_MOST_LIGHTS, count, 3)
    edge = np.maximum(windows.pixel, reach * 0.2)
    for number in range(lit.max()):
        away = _length(u - draws.planes(x[number]), v - draws.planes(y[number]))
        disc = away.neg_().add_(draws.planes(reach[number])).div_(draws.planes(edge[number])).clamp_(0, 1)
        disc *= draws.planes(strength[number])
        picture += (draws.planes(colour[number]) - picture) * disc
    return picture


_KINDS: tuple[Callable[[Draws, Windows], Tensor], ...] = (_plain, _gradient, _noise, _horizon, _pattern, _texture)
