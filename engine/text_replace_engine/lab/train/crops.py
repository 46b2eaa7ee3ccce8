"""Crops as the matcher meets them: dimmed or blurred surroundings, denoiser estimates, noise, halves, bare ground."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.backgrounds import Floats
from text_replace_engine.lab.train.pool import TrainingSample
from text_replace_engine.lab.train.scenes import Variety, compose_crop, finish

NOTHING = -1


def matcher_crops(art: Art, size: int) -> Callable[[np.random.Generator], TrainingSample]:
    """Samples (RGB uint8 (size, size, 3), name index or NOTHING, whether the object is clear enough to be present)."""

    def compose(rng: np.random.Generator) -> TrainingSample:
        grey, jpeg = rng.random() < 0.3, int(rng.integers(40, 95)) if rng.random() < 0.25 else None
        if rng.random() < 0.15:
            picture, _ = compose_crop(rng, art, None, size, grey=grey, jpeg=jpeg)
            return (
                finish(_spoilt(rng, picture.astype(np.float32) / 255), False, None),
                np.int64(NOTHING),
                np.bool_(True),
            )
        index = int(rng.integers(len(art.names)))
        zoom = (1.0, 1.3) if rng.random() < 0.25 else (1.1, 2.3)
        picture, alpha = compose_crop(rng, art, art.names[index], size, Variety(zoom), grey, jpeg)
        canvas: Floats = picture.astype(np.float32) / 255
        clear = True
        kind = rng.random()
        if kind < 0.35:
            canvas = _hidden_surroundings(rng, canvas, alpha)
        elif kind < 0.65:
            canvas, clear = _estimate(rng, canvas)
        elif kind < 0.72:
            canvas = _occluded(rng, canvas, alpha)
        return finish(canvas, False, None), np.int64(index), np.bool_(clear)

    return compose


def _image(canvas: Floats) -> Image.Image:
    return Image.fromarray(finish(canvas, False, None))


def _blur(canvas: Floats, radius: float) -> Floats:
    return np.asarray(_image(canvas).filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def _rough(rng: np.random.Generator, alpha: Floats) -> Floats:
    """The outline as a segmenter might give it: shrunk or grown by a few pixels, softened."""
    outline = Image.fromarray((alpha * 255).astype(np.uint8))
    grown = int(rng.choice([1, 3, 5]))
    if grown > 1:
        outline = outline.filter(ImageFilter.MaxFilter(grown) if rng.random() < 0.7 else ImageFilter.MinFilter(grown))
    return np.asarray(outline.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.5))), np.float32) / 255


def _hidden_surroundings(rng: np.random.Generator, canvas: Floats, alpha: Floats) -> Floats:
    mask = _rough(rng, alpha)[..., None]
    kind = rng.integers(3)
    if kind == 0:
        other = canvas * np.float32(rng.uniform(0, 0.6))
    elif kind == 1:
        other = _blur(canvas, rng.uniform(2, 8)) * np.float32(rng.uniform(0.5, 1))
    else:
        other = np.full_like(canvas, rng.choice([0.0, 0.5, 1.0]))
    return canvas * mask + other * (1 - mask)


def _estimate(rng: np.random.Generator, canvas: Floats) -> tuple[Floats, bool]:
    """Like a denoiser's estimate half-way: blurred, faded towards a flat colour, with blotches of noise."""
    size = canvas.shape[0]
    radius = rng.uniform(0.3, 5) * size / 64
    fade = rng.uniform(0, 0.6)
    flat = canvas.mean((0, 1)) * np.float32(1 - fade * 0.3) + np.float32(fade * 0.15)
    result = _blur(canvas, radius) * np.float32(1 - fade) + flat * np.float32(fade)
    cells = int(rng.choice([6, 12, 24, size]))
    grain = rng.uniform(0, 255, (cells, cells, 3)).astype(np.uint8)
    blotches = np.asarray(Image.fromarray(grain).resize((size, size), Image.Resampling.BICUBIC), np.float32) / 255
    strength = rng.uniform(0, 0.35)
    return result + (blotches - 0.5) * np.float32(strength), bool(radius < 2 * size / 64 and fade < 0.4)


def _occluded(rng: np.random.Generator, canvas: Floats, alpha: Floats) -> Floats:
    box = bounding_box(alpha > 0.5)
    cut = rng.uniform(0.1, 0.35)
    result = canvas.copy()
    side = rng.integers(4)
    height, width = box.height - 1, box.width - 1
    colour = canvas[0, 0]
    if side == 0:
        result[: box.y0 + int(cut * height)] = colour
    elif side == 1:
        result[box.y1 - 1 - int(cut * height) :] = colour
    elif side == 2:
        result[:, : box.x0 + int(cut * width)] = colour
    else:
        result[:, box.x1 - 1 - int(cut * width) :] = colour
    return result


def _spoilt(rng: np.random.Generator, canvas: Floats) -> Floats:
    """A bare background as it is, blurred, under noise, or scrambled."""
    kind = rng.integers(4)
    if kind == 0:
        return canvas
    if kind == 1:
        return _estimate(rng, canvas)[0]
    if kind == 2:
        share = np.float32(rng.uniform(0.2, 1))
        return canvas * (1 - share) + rng.uniform(0, 1, canvas.shape).astype(np.float32) * share
    step = canvas.shape[0] // int(rng.choice([4, 8]))
    tiles = [
        canvas[y : y + step, x : x + step]
        for y in range(0, canvas.shape[0], step)
        for x in range(0, canvas.shape[1], step)
    ]
    order = rng.permutation(len(tiles))
    across = canvas.shape[1] // step
    return np.concatenate(
        [np.concatenate([tiles[i] for i in order[k : k + across]], 1) for k in range(0, len(tiles), across)]
    )
