"""Strings, wires and leads that hang on an object: thin, bent, of one colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from text_replace_engine.lab.train.backgrounds import Floats

Mask = NDArray[np.bool_]

#: Of the object's longer side.
_LENGTHS, _WIDTHS, _BENDS = (0.15, 0.45), (0.006, 0.02), (-0.12, 0.12)
#: Most hang down, within so many radians; the others go anywhere.
_DOWN, _HANGING = 0.8, 0.6
_POINTS = 40
#: Drawn larger and brought down, so that edges are smooth.
_FINER = 4
#: From this share of a pixel on a string is seen in it.
_SEEN = 0.25


def draw_string(canvas: Floats, rng: np.random.Generator, sprite: Image.Image, x: int, y: int) -> Mask:
    """Draw a string that begins under the sprite at (x, y) and hangs out of it; returns its pixels (h, w)."""
    height, width = canvas.shape[:2]
    alpha = np.asarray(sprite.getchannel("a")) > 127
    longest = max(sprite.size)
    angle = np.pi / 2 + rng.uniform(-_HANGING, _HANGING) if rng.random() < _DOWN else rng.uniform(0, 2 * np.pi)
    length, thickness, bend = (longest * rng.uniform(*bounds) for bounds in (_LENGTHS, _WIDTHS, _BENDS))
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    start = _outline(alpha, along) - 0.04 * longest * along
    share = np.linspace(0, 1, _POINTS)[:, None]
    wave = np.sin(share * np.pi * rng.uniform(0.5, 2.0))
    points = start + share * (length + 0.04 * longest) * along + wave * bend * across + (x, y)
    left, top = np.floor(points.min(0) - thickness - 2).astype(int)
    right, bottom = np.ceil(points.max(0) + thickness + 2).astype(int)
    drawn = Image.new("L", ((right - left) * _FINER, (bottom - top) * _FINER))
    path = [tuple(point) for point in (points - (left, top)) * _FINER]
    ImageDraw.Draw(drawn).line(path, 255, max(_FINER, round(thickness * _FINER)), joint="curve")
    opacity = np.asarray(drawn.resize((right - left, bottom - top), Image.Resampling.BOX), np.float32) / 255
    colour = _colour(rng, sprite, alpha)
    rows, columns = slice(max(0, top), max(0, min(height, bottom))), slice(max(0, left), max(0, min(width, right)))
    inside = opacity[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    canvas[rows, columns] += (colour - canvas[rows, columns]) * inside[..., None]
    seen = np.zeros((height, width), bool)
    seen[rows, columns] = inside > _SEEN
    return seen


def _outline(alpha: Mask, along: Floats) -> Floats:
    """Where a ray from the middle of the sprite's pixels leaves them, (x, y)."""
    rows, columns = np.nonzero(alpha)
    middle = np.array([columns.mean(), rows.mean()])
    steps = middle + np.arange(0, max(alpha.shape), 0.5)[:, None] * along
    within = [point for point in steps if 0 <= point[0] < alpha.shape[1] and 0 <= point[1] < alpha.shape[0]]
    on = [point for point in within if alpha[int(point[1]), int(point[0])]]
    return np.asarray(on[-1] if on else middle)


def _colour(rng: np.random.Generator, sprite: Image.Image, alpha: Mask) -> Floats:
    kind = rng.random()
    if kind < 0.3:
        return np.full(3, rng.uniform(0, 0.25), np.float32)
    if kind < 0.5:
        return np.full(3, rng.uniform(0.8, 1), np.float32)
    own = np.asarray(sprite, np.float32)[alpha][:, :3].mean(0) / 255
    darker: Floats = (own * rng.uniform(0.5, 1.0)).astype(np.float32)
    return darker
