"""What happens to pictures on their way to a user: JPEG, other sizes, no colour."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from text_replace_engine.lab.train.scenes import Bytes

_LANCZOS, _NEAREST = Image.Resampling.LANCZOS, Image.Resampling.NEAREST
_ENLARGED = 2
_SMALLEST = 8


def worn(rng: np.random.Generator, picture: Bytes, kind: str) -> Bytes:
    """An RGB picture (h, w, 3) after the wear of this kind, one of KINDS; sizes and qualities are random."""
    return np.asarray(KINDS[kind](rng, Image.fromarray(picture)))


def _none(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    return image


def _jpeg(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=int(rng.integers(50, 91)))
    return Image.open(packed).convert("RGB")


def _grey(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def _shrunk(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    return _scaled(image, min(1.0, int(rng.integers(150, 400)) / max(image.size)), _LANCZOS)


def _tiny(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    return _scaled(image, min(1.0, int(rng.integers(64, 128)) / max(image.size)), _LANCZOS)


def _enlarged(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    smooth = Image.Resampling.BICUBIC if rng.random() < 0.7 else Image.Resampling.BILINEAR
    return _scaled(image, _ENLARGED, smooth)


def _pixelated(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    return _scaled(image, _ENLARGED, _NEAREST)


def _scaled(image: Image.Image, factor: float, method: Image.Resampling) -> Image.Image:
    width, height = (max(_SMALLEST, round(side * factor)) for side in image.size)
    return image.resize((width, height), method)


KINDS: Mapping[str, Callable[[np.random.Generator, Image.Image], Image.Image]] = {
    "as composed": _none,
    "JPEG": _jpeg,
    "shrunk": _shrunk,
    "tiny": _tiny,
    "enlarged": _enlarged,
    "pixelated": _pixelated,
    "grey": _grey,
    "grey JPEG": lambda rng, image: _jpeg(rng, _grey(rng, image)),
    "shrunk JPEG": lambda rng, image: _jpeg(rng, _shrunk(rng, image)),
}
