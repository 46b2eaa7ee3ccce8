"""Pictures with an object in the middle, and the squares that tools make of them."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from text_replace_engine.lab.quality import Mask, Pixels

#: (width, height)
WIDE, TALL = (96, 60), (56, 90)


def scene(size: tuple[int, int], seed: int = 1) -> Pixels:
    """Detail at several scales, as photographs have it; size: (width, height)."""
    rng = np.random.default_rng(seed)
    planes = [ndimage.gaussian_filter(rng.normal(size=(size[1], size[0], 3)), (s, s, 0)) for s in (1.2, 4, 12)]
    whole = sum(plane / plane.std() for plane in planes)
    found: Pixels = np.clip(128 + 28 * np.asarray(whole), 0, 255).astype(np.uint8)
    return found


def background(size: tuple[int, int]) -> Mask:
    found = np.ones((size[1], size[0]), bool)
    found[size[1] // 3 : size[1] // 2, size[0] // 3 : size[0] // 2] = False
    return found


def edited(picture: Pixels) -> Pixels:
    where = background((picture.shape[1], picture.shape[0]))
    return np.where(where[..., None], picture, np.uint8(230))


def made(picture: Pixels, how: str, side: int, share: float) -> Pixels:
    """A square of it, as tools make them."""
    image = Image.fromarray(picture)
    if how == "cropped":
        inner = min(image.size)
        x, y = (round((length - inner) * share) for length in image.size)
        image = image.crop((x, y, x + inner, y + inner))
    if how != "with borders":
        return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))
    scale = side / max(image.size)
    inside = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (side, side))
    whole.paste(inside, (round((side - inside.width) * share), round((side - inside.height) * share)))
    return np.asarray(whole)
