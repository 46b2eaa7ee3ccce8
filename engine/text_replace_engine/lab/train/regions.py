"""Edit regions to train the denoiser with: shapes that hold an object without following its outline."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.backgrounds import Floats
from text_replace_engine.lab.train.scenes import sprite_of
from text_replace_wire.geometry import Box

GROWN_FROM = 0.6


def region_around(rng: np.random.Generator, art: Art, alpha: Floats) -> Floats:
    """A feathered region (s, s) in [0, 1] that contains the object of `alpha`: a box, an ellipse, or the grown
    outline of another object. An outline that cannot hold it gives way to an ellipse."""
    size = alpha.shape[0]
    solid = alpha > 0.1
    box = bounding_box(solid)
    kind = rng.random()
    region = _other_outline(rng, art, solid, box) if kind < GROWN_FROM else None
    if region is None:
        region = _simple(rng, size, box, ellipse=kind < 0.8)
    feather = rng.uniform(0, 2) * size / 64
    soft = Image.fromarray((region * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(feather))
    return np.maximum(np.asarray(soft, np.float32) / 255, np.where(solid & region, np.float32(0.9), np.float32(0)))


def _simple(rng: np.random.Generator, size: int, box: Box, ellipse: bool) -> np.ndarray:
    # An ellipse through a box's corners is √2 times as wide; most objects round their corners off.
    grow = (0.5 * (1.3 if ellipse else 1.0) - 0.5) + rng.uniform(0.02, 0.2, 4)
    width, height = box.size
    corners = (
        box.x0 - grow[0] * width,
        box.y0 - grow[1] * height,
        box.x1 + grow[2] * width,
        box.y1 + grow[3] * height,
    )
    picture = Image.new("1", (size, size))
    draw = ImageDraw.Draw(picture)
    (draw.ellipse if ellipse else draw.rectangle)(corners, fill=1)
    return np.asarray(picture)


def _other_outline(rng: np.random.Generator, art: Art, solid: np.ndarray, box: Box) -> np.ndarray | None:
    size = solid.shape[0]
    name = str(rng.choice(art.names))
    longest = max(box.size)
    grown = int(rng.choice([5, 7, 9, 11]))
    for factor in (1.0, 1.2, 1.45):
        sprite = sprite_of(rng, art, name, longest * factor)
        canvas = Image.new("L", (size, size))
        x = round((box.x0 + box.x1 - sprite.width) / 2)
        y = round((box.y0 + box.y1 - sprite.height) / 2)
        canvas.paste(sprite.getchannel("a"), (x, y))
        region = np.asarray(canvas.filter(ImageFilter.MaxFilter(grown))) > 60
        if (solid & ~region).sum() <= 0.01 * solid.sum():
            return region
    return None
