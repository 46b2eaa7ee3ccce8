"""Backgrounds of composed scenes: plain, gradient, noise, horizon, pattern, photo-like texture.

Every background is a picture of the unit square of a scene, drawn through a window, so that a crop of a scene shows
what the same part of the whole scene would.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Window:
    """The part of the scene to draw: corners in units of the scene's height, and the size in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: int
    height: int

    def grid(self) -> tuple[Floats, Floats]:
        """Coordinates (u, v) of every pixel's centre, each (height, width)."""
        u = self.x0 + (np.arange(self.width, dtype=np.float32) + 0.5) / self.width * (self.x1 - self.x0)
        v = self.y0 + (np.arange(self.height, dtype=np.float32) + 0.5) / self.height * (self.y1 - self.y0)
        return np.broadcast_to(u, (self.height, self.width)), np.broadcast_to(v[:, None], (self.height, self.width))

    @property
    def pixel(self) -> float:
        """A pixel's height in units of the scene's height."""
        return (self.y1 - self.y0) / self.height


def background(rng: np.random.Generator, window: Window) -> Floats:
    """Draw a random background: (height, width, 3) in [0, 1]."""
    kind = _KINDS[rng.choice(len(_KINDS), p=_SHARES)]
    picture = kind(rng, window)
    if rng.random() < 0.3:
        picture = picture + rng.normal(0, rng.uniform(0.004, 0.03), picture.shape[:2] + (1,)).astype(np.float32)
    clipped: Floats = np.clip(picture, 0, 1)
    return clipped


def _colour(rng: np.random.Generator) -> Floats:
    if rng.random() < 0.25:
        return np.full(3, rng.uniform(0.05, 0.97), np.float32)
    return np.array(colorsys.hsv_to_rgb(rng.random(), rng.beta(1.5, 1.8), rng.uniform(0.25, 1.0)), np.float32)


def _near(rng: np.random.Generator, colour: Floats, spread: float) -> Floats:
    moved: Floats = np.clip(
        colour + rng.normal(0, spread, 3).astype(np.float32) + np.float32(rng.normal(0, spread)), 0, 1
    )
    return moved


def _mix(a: Floats, b: Floats, weight: Floats) -> Floats:
    return a + (b - a) * weight[..., None]


def _lattice(rng: np.random.Generator, window: Window, cells: float) -> Floats:
    """Smooth noise in about [-1, 1] with `cells` lattice cells over the scene's height, drawn through the window."""
    count = int(np.ceil(cells * 3)) + 4
    values = rng.uniform(-1, 1, (count, count)).astype(np.float32)
    margin = 1.5
    box = (
        margin + window.x0 * cells,
        margin + window.y0 * cells,
        margin + window.x1 * cells,
        margin + window.y1 * cells,
    )
    drawn = Image.fromarray(values).resize((window.width, window.height), Image.Resampling.BICUBIC, box=box)
    return np.asarray(drawn)


def _fractal(rng: np.random.Generator, window: Window, cells: float, octaves: int, decay: float) -> Floats:
    total = np.zeros((window.height, window.width), np.float32)
    weight = 1.0
    for _ in range(octaves):
        if cells * window.pixel > 0.7:
            break
        total += weight * _lattice(rng, window, cells)
        cells, weight = cells * 2.1, weight * decay
    return total


def _plain(rng: np.random.Generator, window: Window) -> Floats:
    return np.broadcast_to(_colour(rng), (window.height, window.width, 3)).astype(np.float32)


def _gradient(rng: np.random.Generator, window: Window) -> Floats:
    u, v = window.grid()
    first = _colour(rng)
    second = _near(rng, first, 0.2) if rng.random() < 0.6 else _colour(rng)
    if rng.random() < 0.3:
        centre = rng.uniform(0, 1, 2)
        weight = np.hypot(u - centre[0], v - centre[1]) / rng.uniform(0.7, 1.4)
    else:
        angle = rng.uniform(0, 2 * np.pi)
        weight = 0.5 + ((u - 0.6) * np.cos(angle) + (v - 0.5) * np.sin(angle)) * rng.uniform(0.5, 1.0)
    return _mix(first, second, np.clip(weight, 0, 1).astype(np.float32))


def _noise(rng: np.random.Generator, window: Window) -> Floats:
    first = _colour(rng)
    second = _near(rng, first, rng.uniform(0.05, 0.3))
    field = _fractal(rng, window, rng.uniform(2, 30), 4, rng.uniform(0.4, 0.8))
    return _mix(first, second, np.clip(0.5 + 0.6 * field, 0, 1))


def _horizon(rng: np.random.Generator, window: Window) -> Floats:
    _, v = window.grid()
    level = np.float32(rng.uniform(0.3, 0.8))
    line = v - level + np.float32(rng.uniform(0, 0.05)) * _lattice(rng, window, rng.uniform(1, 6))
    sky_low, ground_near = _colour(rng), _colour(rng)
    sky = _mix(_near(rng, sky_low, 0.15), sky_low, np.clip(v / level, 0, 1))
    ground = _mix(_near(rng, ground_near, 0.12), ground_near, np.clip((v - level) / (1 - level), 0, 1))
    if rng.random() < 0.5:
        texture = _fractal(rng, window, rng.uniform(6, 30), 3, 0.6) * np.float32(rng.uniform(0.02, 0.12))
        ground = ground + texture[..., None]
    edge = np.float32(max(window.pixel, rng.choice([0.0, 0.01, 0.05])))
    return _mix(sky, ground, np.clip(0.5 + line / edge, 0, 1)[..., None][..., 0])


def _pattern(rng: np.random.Generator, window: Window) -> Floats:
    u, v = window.grid()
    first = _colour(rng)
    second = _near(rng, first, 0.15) if rng.random() < 0.7 else _colour(rng)
    angle, period = rng.uniform(0, np.pi), rng.uniform(0.04, 0.3)
    a = (u * np.cos(angle) + v * np.sin(angle)) / period
    b = (v * np.cos(angle) - u * np.sin(angle)) / period
    sharp = np.float32(np.clip(period / window.pixel / 4, 1, 20))
    kind = rng.integers(4)
    if kind == 0:
        wave = np.sin(2 * np.pi * a)
    elif kind == 1:
        wave = np.sin(np.pi * a) * np.sin(np.pi * b)
    elif kind == 2:
        wave = np.float32(rng.uniform(0.2, 0.4)) - np.hypot(a - np.round(a), b - np.round(b))
    else:
        wave = np.maximum(np.cos(2 * np.pi * a), np.cos(2 * np.pi * b)) - np.float32(0.92)
    return _mix(first, second, np.clip(0.5 + sharp * wave, 0, 1).astype(np.float32))


def _texture(rng: np.random.Generator, window: Window) -> Floats:
    """Photo-like: wood, stone, foliage, cloth, or lights out of focus."""
    u, v = window.grid()
    base = _colour(rng)
    dark, light = _near(rng, base * np.float32(0.6), 0.06), _near(rng, base, 0.12)
    kind = rng.integers(4)
    if kind == 0:
        warp = _fractal(rng, window, rng.uniform(1, 4), 3, 0.5)
        rings = np.sin((v * rng.uniform(6, 20) + u * rng.uniform(0, 2) + 1.5 * warp) * 2 * np.pi)
        field = 0.5 + 0.25 * rings + 0.25 * _fractal(rng, window, 40, 2, 0.6)
    elif kind == 1:
        field = 0.5 + 0.5 * _fractal(rng, window, rng.uniform(3, 12), 6, 0.75)
    elif kind == 2:
        ridges = 1 - np.abs(_fractal(rng, window, rng.uniform(4, 16), 4, 0.6))
        field = ridges * ridges
    else:
        picture = _mix(dark, light, np.clip(0.5 + 0.5 * _lattice(rng, window, 2), 0, 1))
        for _ in range(int(rng.integers(4, 14))):
            x, y, radius = rng.uniform(-0.1, 1.5), rng.uniform(-0.1, 1.1), rng.uniform(0.03, 0.2)
            disc = np.clip((radius - np.hypot(u - x, v - y)) / max(window.pixel, radius * 0.2), 0, 1)
            picture = _mix(picture, _near(rng, light, 0.25), (disc * rng.uniform(0.15, 0.6)).astype(np.float32))
        return picture
    return _mix(dark, light, np.clip(field, 0, 1).astype(np.float32))


_KINDS: tuple[Callable[[np.random.Generator, Window], Floats], ...] = (
    _plain,
    _gradient,
    _noise,
    _horizon,
    _pattern,
    _texture,
)
_SHARES = (0.14, 0.2, 0.14, 0.2, 0.14, 0.18)
