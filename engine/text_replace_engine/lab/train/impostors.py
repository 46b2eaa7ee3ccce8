"""Pictures that a judge of edits must call "nothing": noise, scraps, blends, filled outlines; and fair degradations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.backgrounds import Floats
from text_replace_engine.lab.train.pool import TrainingSample
from text_replace_engine.lab.train.regions import region_around
from text_replace_engine.lab.train.scenes import Variety, compose_crop, finish

#: As an edit region's square shows an object: nearly filling it, or with room around.
SEEN = Variety(zoom=(1.0, 2.0), shift=0.6)
_NOTHING_SHARE = 0.4
#: Mean difference between an object and a filling of its outline below which the filling still shows the object.
_FLAT = 0.1


def judged_crops(art: Art, size: int) -> Callable[[np.random.Generator], TrainingSample]:
    """Samples (RGB uint8 (size, size, 3), name index; the number of names means "nothing")."""
    nothing = np.int64(len(art.names))

    def compose(rng: np.random.Generator) -> TrainingSample:
        if rng.random() < _NOTHING_SHARE:
            return impostor(rng, art, size), nothing
        index = int(rng.integers(len(art.names)))
        return real_crop(rng, art, art.names[index], size), np.int64(index)

    return compose


def real_crop(rng: np.random.Generator, art: Art, name: str, size: int) -> np.ndarray:
    """A recognisable crop of `name` after fair wear: softened, in grey, through JPEG, set into another ground."""
    grey = rng.random() < 0.15
    picture, alpha = compose_crop(rng, art, name, size, SEEN)
    canvas = _unit(picture)
    if rng.random() < 0.35:
        region = region_around(rng, art, alpha)[..., None]
        ground, _ = compose_crop(rng, art, None, size, SEEN)
        canvas = canvas * region + _unit(ground) * (1 - region)
    if rng.random() < 0.5:
        canvas = _softened(canvas, int(rng.integers(size * 3 // 8, size + 1)))
    canvas = canvas * np.float32(rng.uniform(0.9, 1.1)) + np.float32(rng.uniform(-0.04, 0.04))
    if rng.random() < 0.3:
        canvas = canvas + rng.normal(0, rng.uniform(0, 0.03), canvas.shape).astype(np.float32)
    return finish(canvas, grey, int(rng.integers(50, 96)) if rng.random() < 0.3 else None)


def impostor(rng: np.random.Generator, art: Art, size: int) -> np.ndarray:
    """A picture that shows no object, or none that could be named."""
    kind = _KINDS[rng.choice(len(_KINDS), p=_SHARES)]
    canvas = kind(rng, art, size)
    if rng.random() < 0.3:
        region = region_around(rng, art, _disc(size))[..., None]
        ground, _ = compose_crop(rng, art, None, size, SEEN)
        canvas = canvas * region + _unit(ground) * (1 - region)
    jpeg = int(rng.integers(50, 96)) if rng.random() < 0.3 else None
    return finish(canvas, rng.random() < 0.15, jpeg)


def _unit(picture: np.ndarray) -> Floats:
    unit: Floats = picture.astype(np.float32) / 255
    return unit


def _crop(rng: np.random.Generator, art: Art, size: int) -> tuple[Floats, Floats]:
    picture, alpha = compose_crop(rng, art, str(rng.choice(art.names)), size, SEEN)
    return _unit(picture), alpha


def _resized(canvas: Floats, size: int, method: Image.Resampling = Image.Resampling.BICUBIC) -> Floats:
    return _unit(np.asarray(Image.fromarray(finish(canvas, False, None)).resize((size, size), method)))


def _softened(canvas: Floats, cells: int) -> Floats:
    """Through a small picture of `cells` a side and back."""
    return _resized(_resized(canvas, cells, Image.Resampling.BOX), canvas.shape[0])


def _disc(size: int) -> Floats:
    y, x = np.mgrid[:size, :size] / (size - 1) * 2 - 1
    disc: Floats = (x**2 + y**2 < 0.4).astype(np.float32)
    return disc


def _noise(rng: np.random.Generator, art: Art, size: int) -> Floats:
    """Sums of coloured noise at several scales, with random contrast, around a random colour."""
    canvas: Floats = np.full((size, size, 3), rng.uniform(0.1, 0.9, 3), np.float32)
    for cells in rng.choice([2, 3, 4, 6, 8, 12, 16, 24, 32, size], int(rng.integers(1, 4)), replace=False):
        grain = rng.uniform(-1, 1, (cells, cells, 1 if rng.random() < 0.2 else 3)).astype(np.float32)
        smooth = np.stack(
            [
                np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((size, size), Image.Resampling.BICUBIC))
                for plane in np.broadcast_to(grain, (cells, cells, 3)).transpose(2, 0, 1)
            ],
            2,
        )
        canvas = canvas + np.float32(rng.uniform(0.05, 0.6)) * smooth
    return canvas


def _ground(rng: np.random.Generator, art: Art, size: int) -> Floats:
    """A bare background, perhaps with a neighbour looking in."""
    return _unit(compose_crop(rng, art, None, size, SEEN)[0])


def _scrambled(rng: np.random.Generator, art: Art, size: int) -> Floats:
    """The patches of a crop in another order, each perhaps turned."""
    canvas, _ = _crop(rng, art, size)
    across = int(rng.choice([3, 4, 6, 8, 16]))
    step = -(-size // across)
    padded = np.pad(canvas, ((0, across * step - size), (0, across * step - size), (0, 0)), "edge")
    tiles = padded.reshape(across, step, across, step, 3).swapaxes(1, 2).reshape(-1, step, step, 3)
    tiles = tiles[rng.permutation(len(tiles))]
    if rng.random() < 0.5:
        tiles = np.stack([np.rot90(tile, int(rng.integers(4))) for tile in tiles])
    whole = tiles.reshape(across, across, step, step, 3).swapaxes(1, 2).reshape(across * step, across * step, 3)
    return whole[:size, :size]


def _blend(rng: np.random.Generator, art: Art, size: int) -> Floats:
    """Two objects as one: mixed, or each a half."""
    (first, _), (second, _) = _crop(rng, art, size), _crop(rng, art, size)
    kind = rng.integers(3)
    weight: Floats
    if kind == 0:
        weight = np.full((size, size, 1), rng.uniform(0.4, 0.6), np.float32)
    elif kind == 1:
        ramp = np.clip((np.arange(size) / size - 0.5) * rng.uniform(2, 40) + 0.5, 0, 1).astype(np.float32)
        weight = np.broadcast_to(ramp[:, None, None] if rng.random() < 0.5 else ramp[None, :, None], (size, size, 1))
    else:
        cells = int(rng.integers(3, 9))
        grain = Image.fromarray((rng.random((cells, cells)) > 0.5).astype(np.uint8) * 255)
        weight = np.asarray(grain.resize((size, size), Image.Resampling.BILINEAR), np.float32)[..., None] / 255
    return first * weight + second * (1 - weight)


def _blurred(rng: np.random.Generator, art: Art, size: int) -> Floats:
    """Right colours in the right place, without a shape: what a denoiser sees in its first steps."""
    canvas, _ = _crop(rng, art, size)
    return _softened(canvas, int(rng.integers(2, size // 9)))


def _filled_outline(rng: np.random.Generator, art: Art, size: int) -> Floats:
    """An object's outline, filled with its mean colour, its blurred colours, noise or another object's texture."""
    canvas, alpha = _crop(rng, art, size)
    inside, kind = alpha > 0.5, rng.integers(4)
    filling = np.broadcast_to(canvas[inside].mean(0), canvas.shape) if kind == 0 and inside.any() else canvas
    if kind == 1:
        filling = _softened(canvas, int(rng.integers(2, 5)))
    # A balloon in its own colour is still a balloon.
    if not inside.any() or np.abs(filling - canvas)[inside].mean() < _FLAT:
        filling = _noise(rng, art, size) if kind % 2 else _scrambled(rng, art, size)
    ground = _ground(rng, art, size)
    outline = Image.fromarray((alpha * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(rng.uniform(0, 2)))
    mask = _unit(np.asarray(outline))[..., None]
    return filling * mask + ground * (1 - mask)


def _noisy(rng: np.random.Generator, art: Art, size: int) -> Floats:
    """An object drowned in noise."""
    canvas, _ = _crop(rng, art, size)
    share = np.float32(rng.uniform(0.75, 0.95))
    return canvas * (1 - share) + _noise(rng, art, size) * share


_KINDS: tuple[Callable[[np.random.Generator, Art, int], Floats], ...] = (
    _noise,
    _ground,
    _scrambled,
    _blend,
    _blurred,
    _filled_outline,
    _noisy,
)
_SHARES = (0.17, 0.17, 0.15, 0.16, 0.12, 0.15, 0.08)
