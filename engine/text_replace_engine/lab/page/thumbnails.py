"""Pictures made small enough to be inside a page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from text_replace_engine.client.images import DecodedPicture, read_picture

#: Of the longer side, in pixels.
LONGEST = 512
_QUALITY = 82


@dataclass(frozen=True)
class Thumbnail:
    """uri: the file as a “data:” address. width, height: in pixels."""

    uri: str
    width: int
    height: int


def photo(path: Path) -> Thumbnail:
    """A JPEG in the picture's own colour space; what is transparent is white. Raises BadImage and TooLarge."""
    picture = read_picture(path)
    channels = picture.pixels.shape[2]
    image = _image(picture)
    if channels in (2, 4):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    profile = picture.metadata.profile if channels > 2 else None
    return _packed(image, "JPEG", quality=_QUALITY, optimize=True, icc_profile=profile)


def mask(path: Path) -> Thumbnail:
    """A grey PNG. Raises BadImage and TooLarge."""
    return _packed(_image(read_picture(path)).convert("L"), "PNG", optimize=True)


def png_uri(png: bytes) -> str:
    """A PNG's bytes as a “data:” address."""
    return _uri("PNG", png)


def _image(picture: DecodedPicture) -> Image.Image:
    pixels = picture.pixels
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def _packed(image: Image.Image, kind: str, **options: object) -> Thumbnail:
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return Thumbnail(_uri(kind, packed.getvalue()), image.width, image.height)


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind.lower()};base64,{base64.b64encode(data).decode()}"
