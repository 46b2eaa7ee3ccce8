"""Composes scenes and object crops from the art: every picture is a function of a numpy Generator."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.backgrounds import Floats, Window, background
from text_replace_engine.lab.train.strings import draw_string
from text_replace_wire.geometry import Box

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
MAX_ANGLE = 15.0  # degrees
#: The least darkening that is seen, of a canvas in [0, 1]: about 2 in CIELAB.
_JUST_SEEN = 0.02


@dataclass(frozen=True)
class SceneObject:
    """One object: its visible part as a mask (h, w), and that mask's box. shadow, string: what else belongs to it and
    can be seen, (h, w) each: what its shadow darkens, and what hangs on it.
    """

    name: str
    mask: Mask
    box: Box
    shadow: Mask
    string: Mask


@dataclass(frozen=True)
class Scene:
    """A composed picture, uint8 RGB (h, w, 3), and its objects from back to front."""

    image: Bytes
    objects: tuple[SceneObject, ...]


@dataclass(frozen=True)
class Variety:
    """How much crops differ: the crop's side in units of the object's longer side, the turn in degrees, the shift in
    units of the free room, the share with a neighbour, and whether objects are mirrored."""

    zoom: tuple[float, float] = (1.3, 2.0)
    angle: float = MAX_ANGLE
    shift: float = 0.4
    neighbours: float = 0.35
    mirrored: bool = True


FULL_VARIETY = Variety()


def compose_scene(
    rng: np.random.Generator,
    art: Art,
    names: Sequence[str] | None = None,
    objects: int = 3,
    size: tuple[int, int] | None = None,
    grey: bool = False,
    jpeg: int | None = None,
    strings: np.random.Generator | None = None,
) -> Scene:
    """Compose a scene of `names`, or of `objects` different random names, on a random background.

    `size` is (width, height) in pixels, random from 200x150 to 2000x1500 when None; `jpeg` is a quality, None for
    no compression. Objects are 15 to 80 % of the picture's height, smaller where several have to find room. A string
    hangs on each where `strings` draws them.
    """
    if names is None:
        names = [str(name) for name in rng.choice(art.names, objects, replace=False)]
    width, height = size if size is not None else random_size(rng)
    canvas = background(rng, Window(0, 0, width / height, 1, width, height))
    sprites = _place(rng, art, names, width, height)
    depth = rng.uniform(0.15, 0.45) if rng.random() < 0.7 else 0.0
    owner = np.full((height, width), -1, np.int16)
    shadows, hanging = np.zeros((2, len(names), height, width), bool)
    for index, (sprite, x, y) in enumerate(sprites):
        if depth:
            shadows[index] = shadow(canvas, rng, sprite, x, y, depth)
        if strings is not None:
            string = draw_string(canvas, strings, sprite, x, y)
            hanging[:, string] = False
            hanging[index] = string
        alpha = paste(canvas, sprite, x, y)
        hanging[:, alpha > 0.5] = False
        owner[alpha > 0.5] = index
    placed = []
    ground = owner < 0
    alone = ground & ~hanging.any(0)
    for index, name in enumerate(names):
        mask = owner == index
        if mask.any():
            placed.append(SceneObject(name, mask, bounding_box(mask), shadows[index] & alone, hanging[index] & ground))
    return Scene(finish(canvas, grey, jpeg), tuple(placed))


def compose_crop(
    rng: np.random.Generator,
    art: Art,
    name: str | None,
    size: int,
    variety: Variety = FULL_VARIETY,
    grey: bool = False,
    jpeg: int | None = None,
) -> tuple[Bytes, Floats]:
    """Compose a square crop of a scene around one object, or of the background alone when `name` is None.

    Returns RGB (size, size, 3) and the object's alpha (size, size) in [0, 1]. The crop's side is
    `zoom` times the larger side of the object's box, the object is roughly central, and neighbours may look in.
    """
    side = rng.uniform(0.2, 1.0)  # of the scene's height
    x0, y0 = rng.uniform(0, 1.4 - side), rng.uniform(0, 1 - side)
    canvas = background(rng, Window(x0, y0, x0 + side, y0 + side, size, size))
    depth = rng.uniform(0.15, 0.45) if rng.random() < 0.7 else 0.0
    if rng.random() < variety.neighbours:
        neighbour = sprite_of(rng, art, str(rng.choice(art.names)), size * rng.uniform(0.4, 0.8))
        angle = rng.uniform(0, 2 * np.pi)
        distance = size * rng.uniform(0.62, 0.9)
        x = int(size / 2 + distance * np.cos(angle) - neighbour.width / 2)
        y = int(size / 2 + distance * np.sin(angle) - neighbour.height / 2)
        if depth:
            shadow(canvas, rng, neighbour, x, y, depth)
        paste(canvas, neighbour, x, y)
    alpha = np.zeros((size, size), np.float32)
    if name is not None:
        sprite = sprite_of(rng, art, name, size / rng.uniform(*variety.zoom), variety)
        room_x, room_y = (size - sprite.width) / 2, (size - sprite.height) / 2
        x = int(round(room_x + room_x * rng.uniform(-variety.shift, variety.shift)))
        y = int(round(room_y + room_y * rng.uniform(-variety.shift, variety.shift)))
        if depth:
            shadow(canvas, rng, sprite, x, y, depth)
        alpha = paste(canvas, sprite, x, y)
    return finish(canvas, grey, jpeg), alpha


def sprite_of(
    rng: np.random.Generator, art: Art, name: str, longest: float, variety: Variety = FULL_VARIETY
) -> Image.Image:
    """The named picture, its longest side `longest` pixels before it is turned, mirrored half the time if at all."""
    picture = art.pictures[name]
    if rng.random() < 0.5 and variety.mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    scale = longest / max(picture.size)
    target = (max(2, round(picture.width * scale)), max(2, round(picture.height * scale)))
    small = picture.convert("RGBa").resize(target, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC)
    turned = small.rotate(rng.uniform(-variety.angle, variety.angle), Image.Resampling.BICUBIC, expand=True)
    return turned.crop(turned.getchannel("a").getbbox())


def finish(canvas: Floats, grey: bool, jpeg: int | None) -> Bytes:
    """Quantise a canvas in [0, 1] to bytes, in grey and through JPEG where asked."""
    image = Image.fromarray((np.clip(canvas, 0, 1) * 255 + 0.5).astype(np.uint8))
    if grey:
        image = image.convert("L").convert("RGB")
    if jpeg is not None:
        packed = io.BytesIO()
        image.save(packed, "JPEG", quality=jpeg)
        image = Image.open(packed).convert("RGB")
    return np.asarray(image)


def random_size(rng: np.random.Generator) -> tuple[int, int]:
    """A scene's (width, height), 200x150 to 2000x2000, small ones as likely as large ones."""
    width = int(np.exp(rng.uniform(np.log(200), np.log(2000))))
    return width, max(150, int(width * rng.choice([0.75, 0.75, 2 / 3, 9 / 16, 1.0])))


def _place(
    rng: np.random.Generator, art: Art, names: Sequence[str], width: int, height: int
) -> list[tuple[Image.Image, int, int]]:
    """Sprites with their corners; objects shrink until boxes overlap by at most a tenth of the smaller one."""
    largest = min(0.8, 1.1 / np.sqrt(len(names)) * min(1.0, width / height))
    heights = [rng.uniform(0.15, largest) for _ in names]
    for attempt in range(60):
        shrink = max(0.15, 0.96**attempt)
        placed: list[tuple[Image.Image, int, int]] = []
        for name, share in zip(names, heights, strict=True):
            sprite = sprite_of(rng, art, name, max(0.15, share * shrink) * height)
            if sprite.width > width or sprite.height > height:
                sprite = sprite_of(rng, art, name, min(width, height) * 0.7)
            for _ in range(12):
                x, y = int(rng.integers(0, width - sprite.width + 1)), int(rng.integers(0, height - sprite.height + 1))
                if all(_overlap((sprite, x, y), other) <= 0.1 for other in placed):
                    placed.append((sprite, x, y))
                    break
        if len(placed) == len(names):
            return placed
    return placed


def _overlap(first: tuple[Image.Image, int, int], second: tuple[Image.Image, int, int]) -> float:
    (a, ax, ay), (b, bx, by) = first, second
    across = min(ax + a.width, bx + b.width) - max(ax, bx)
    down = min(ay + a.height, by + b.height) - max(ay, by)
    return max(0, across) * max(0, down) / min(a.width * a.height, b.width * b.height)


def paste(canvas: Floats, sprite: Image.Image, x: int, y: int) -> Floats:
    """Blend a premultiplied sprite into the canvas at (x, y); returns its alpha over the whole canvas."""
    alpha = np.zeros(canvas.shape[:2], np.float32)
    cut = _cut(canvas, sprite, x, y)
    if cut is not None:
        rows, columns, source = cut
        pixels = np.asarray(sprite, np.float32)[source] / 255
        canvas[rows, columns] = canvas[rows, columns] * (1 - pixels[..., 3:]) + pixels[..., :3]
        alpha[rows, columns] = pixels[..., 3]
    return alpha


def _cut(canvas: Floats, sprite: Image.Image, x: int, y: int) -> tuple[slice, slice, tuple[slice, slice]] | None:
    height, width = canvas.shape[:2]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + sprite.width, width), min(y + sprite.height, height)
    if left >= right or top >= bottom:
        return None
    return slice(top, bottom), slice(left, right), (slice(top - y, bottom - y), slice(left - x, right - x))


def shadow(canvas: Floats, rng: np.random.Generator, sprite: Image.Image, x: int, y: int, depth: float) -> Mask:
    """Darken the canvas under a soft, shifted copy of the sprite's outline; computed small and enlarged. Returns where
    that can be seen (h, w).
    """
    margin = int(0.25 * max(sprite.size))
    full = (sprite.width + 2 * margin, sprite.height + 2 * margin)
    factor = max(1.0, max(full) / 96)
    small = (max(2, round(full[0] / factor)), max(2, round(full[1] / factor)))
    outline = Image.new("L", full)
    outline.paste(sprite.getchannel("a"), (margin, margin))
    soft = outline.resize(small).filter(ImageFilter.GaussianBlur(max(small) * rng.uniform(0.02, 0.06))).resize(full)
    reach = max(sprite.size)
    left = x - margin + int(reach * rng.uniform(-0.05, 0.05))
    top = y - margin + int(reach * rng.uniform(0.02, 0.08))
    seen = np.zeros(canvas.shape[:2], bool)
    cut = _cut(canvas, soft, left, top)
    if cut is not None:
        rows, columns, source = cut
        dark = np.float32(depth) * (np.asarray(soft, np.float32)[source] / 255)
        seen[rows, columns] = canvas[rows, columns].max(-1) * dark >= _JUST_SEEN
        canvas[rows, columns] *= 1 - dark[..., None]
    return seen
