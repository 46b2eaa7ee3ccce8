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
    profile = picture.metadata.profile if picture.pixels.shape[2] > 2 else None
    return _packed(flattened(picture), "JPEG", quality=_QUALITY, optimize=True, icc_profile=profile)


def mask(path: Path) -> Thumbnail:
    """A grey PNG. Raises BadImage and TooLarge."""
    return _packed(flattened(read_picture(path)).convert("L"), "PNG", optimize=True)


def flattened(picture: DecodedPicture) -> Image.Image:
    """RGB or grey, on white."""
    pixels = picture.pixels
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    if pixels.shape[2] in (1, 3):
        return image
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def data_uri(kind: str, data: bytes) -> str:
    """A picture file as an address. kind: “PNG” or “JPEG”."""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(data).decode()}"


def _packed(image: Image.Image, kind: str, **options: object) -> Thumbnail:
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return Thumbnail(data_uri(kind, packed.getvalue()), image.width, image.height)
