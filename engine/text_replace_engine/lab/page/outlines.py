"""Where to look in a picture: the same three times, with an outline, without, and from nearby."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter, ImageOps

from text_replace_engine.boxes import bounding_box
from text_replace_engine.client.images import read_picture
from text_replace_engine.lab.page.thumbnails import data_uri, flattened
from text_replace_wire.geometry import Box

#: Of the longer side, in pixels.
_LONGEST = 896
#: Around what is looked at from nearby, as a share of its own sides.
_MARGIN = 0.25
_LEAST_MARGIN = 16
#: Widths of the outline: white, on a wider black one, so that it is seen on anything.
_WHITE, _BLACK = 5, 9


@dataclass(frozen=True)
class Views:
    """As “data:” addresses, and the size of the first two in pixels."""

    outlined: str
    plain: str
    close: str
    size: tuple[int, int]


def views(path: Path, region: NDArray[np.uint8]) -> Views:
    """Of a picture. region: (h, w) of its size; what it has by half or more is outlined, all of the picture where it is
    empty. Raises BadImage and TooLarge.
    """
    picture = flattened(read_picture(path))
    inside = region >= region.max() / 2
    close = picture.crop(_around(bounding_box(inside), picture.size))
    plain = _fitted(picture)
    mask = Image.fromarray(inside).convert("L").resize(plain.size, Image.Resampling.NEAREST)
    return Views(_uri(_outlined(plain, mask)), _uri(plain), _uri(_fitted(close)), plain.size)


def _outlined(picture: Image.Image, mask: Image.Image) -> Image.Image:
    outlined = picture.copy()
    for width, colour in ((_BLACK, "black"), (_WHITE, "white")):
        outlined.paste(colour, mask=ImageChops.subtract(mask.filter(ImageFilter.MaxFilter(width)), mask))
    return outlined


def _around(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    across, down = (max(_LEAST_MARGIN, round(_MARGIN * side)) for side in box.size)
    left, top = max(0, box.x0 - across), max(0, box.y0 - down)
    return left, top, min(size[0], box.x1 + across), min(size[1], box.y1 + down)


def _fitted(picture: Image.Image) -> Image.Image:
    return ImageOps.contain(picture, (_LONGEST, _LONGEST), Image.Resampling.LANCZOS)


def _uri(picture: Image.Image) -> str:
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=90)
    return data_uri("JPEG", packed.getvalue())
