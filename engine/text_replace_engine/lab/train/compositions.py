"""Pictures of the art that are put together otherwise than scenes, as users might: few or many objects, of any size,
upside down, cut by the edge, on flat, patterned, noisy or transparent ground, in any format.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.backgrounds import Floats, Window, background
from text_replace_engine.lab.train.scenes import MAX_ANGLE, Bytes, Variety, finish, paste, shadow, sprite_of

#: Height as a share of width, or the reverse, down to this.
_NARROWEST = 0.25
_SMALLEST_OBJECT = 12  # pixels
#: A background can be drawn for no wider a picture.
_WIDEST_BACKGROUND = 2


def composition(rng: np.random.Generator, art: Art) -> Bytes:
    """RGB (h, w, 3) of one to six objects."""
    long = int(rng.integers(200, 1100))
    short = max(64, round(long * rng.choice([0.75, 1.0, 0.75, 0.5, rng.uniform(_NARROWEST, 1)])))
    width, height = (long, short) if rng.random() < 0.65 else (short, long)
    canvas = _GROUNDS[rng.integers(len(_GROUNDS))](rng, width, height)
    count = int(rng.choice([1, 1, 1, 2, 3, 6]))
    for _ in range(count):
        share = rng.uniform(0.5, 1.1) if count == 1 and rng.random() < 0.5 else rng.uniform(0.12, 0.5)
        turned = Variety(angle=float(rng.choice([0, MAX_ANGLE, 180])))
        longest = max(_SMALLEST_OBJECT, share * min(width, height))
        sprite = sprite_of(rng, art, str(rng.choice(art.names)), longest, turned)
        x, y = (_offset(rng, room) for room in (width - sprite.width, height - sprite.height))
        if rng.random() < 0.3:
            shadow(canvas, rng, sprite, x, y, rng.uniform(0.15, 0.45))
        paste(canvas, sprite, x, y)
    return finish(canvas, False, None)


def cut_out(rng: np.random.Generator, art: Art) -> Bytes:
    """The colours, RGB (s, s, 3), of objects on transparent ground, as they are where alpha is not looked at: with
    hard edges, and one colour where nothing is.
    """
    side = int(rng.integers(128, 640))
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0) if rng.random() < 0.6 else (255, 255, 255, 0))
    for _ in range(int(rng.choice([1, 1, 2, 3]))):
        drawn = art.pictures[str(rng.choice(art.names))]
        scale = rng.uniform(0.3, 0.95) * side / max(drawn.size)
        drawn = drawn.resize((max(2, round(drawn.width * scale)), max(2, round(drawn.height * scale))))
        place = int(rng.integers(0, side - drawn.width + 1)), int(rng.integers(0, side - drawn.height + 1))
        picture.alpha_composite(drawn, place)
    return np.asarray(picture)[:, :, :3]


def _offset(rng: np.random.Generator, room: int) -> int:
    return int(rng.integers(min(0, room), max(0, room) + 1))


def _flat(rng: np.random.Generator, width: int, height: int) -> Floats:
    grey = rng.choice([1.0, 1.0, 0.94, 0.5, 0.0])
    return _filled(rng.random(3) if rng.random() < 0.5 else np.full(3, grey), width, height)


def _gradient(rng: np.random.Generator, width: int, height: int) -> Floats:
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    return _filled(rng.random(3), width, height) * (1 - down) + _filled(rng.random(3), width, height) * down


def _checks(rng: np.random.Generator, width: int, height: int) -> Floats:
    """As editors show what is transparent."""
    cell = int(rng.choice([8, 16, 24]))
    rows, columns = np.mgrid[:height, :width] // cell
    light = (rows + columns) % 2 == 0
    return np.repeat(np.where(light, 0.8, 0.6).astype(np.float32)[..., None], 3, 2)


def _stripes(rng: np.random.Generator, width: int, height: int) -> Floats:
    rows, columns = np.mgrid[:height, :width]
    line = (rows + columns * int(rng.integers(0, 2))) // int(rng.integers(4, 40))
    first, second = (_filled(rng.random(3), width, height) for _ in range(2))
    return np.where((line % 2)[..., None], first, second)


def _grain(rng: np.random.Generator, width: int, height: int) -> Floats:
    planes = 3 if rng.random() < 0.5 else 1
    grain = rng.normal(0, rng.uniform(0.02, 0.2), (height, width, planes)).astype(np.float32)
    clipped: Floats = np.clip(_filled(rng.random(3), width, height) + grain, 0, 1)
    return clipped


def _drawn(rng: np.random.Generator, width: int, height: int) -> Floats:
    whole = max(height, -(-width // _WIDEST_BACKGROUND))
    return background(rng, Window(0, 0, width / whole, 1, width, whole))[:height].copy()


def _filled(colour: Floats, width: int, height: int) -> Floats:
    return np.broadcast_to(colour.astype(np.float32), (height, width, 3)).copy()


_GROUNDS: tuple[Callable[[np.random.Generator, int, int], Floats], ...] = (
    _flat,
    _flat,
    _gradient,
    _checks,
    _stripes,
    _grain,
    _drawn,
    _drawn,
)
