"""Picture files: read within the limits and checked before decoding, and encoded again without loss."""

from __future__ import annotations

import io
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from text_replace_wire.errors import BadImage, BadSelection, TooLarge
from text_replace_wire.planes import MAX_PIXELS, MAX_SIDE

Pixels = NDArray[np.uint8]

#: What the formats are saved as, by the file name's suffix.
WRITABLE = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF"}
_READABLE = ("PNG", "JPEG", "WEBP", "TIFF")
_MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_ADVICE = {
    "P": "is an indexed (palette) picture: convert it to RGB first",
    "PA": "is an indexed (palette) picture: convert it to RGB first",
    "1": "has 1 bit a pixel: convert it to 8-bit grey first",
    "CMYK": "is a CMYK picture: convert it to RGB first",
    "LAB": "is a Lab picture: convert it to RGB first",
    "YCbCr": "is a YCbCr picture: convert it to RGB first",
}


@dataclass(frozen=True)
class DecodedPicture:
    """A decoded picture, upright.

    pixels: (h, w, c) with c = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. profile: its ICC profile. exif: its EXIF block
    without the orientation.
    """

    pixels: Pixels
    profile: bytes | None = None
    exif: bytes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.pixels.shape[1], self.pixels.shape[0]


def read_picture(path: Path) -> DecodedPicture:
    """Read a PNG, JPEG, WebP or TIFF of 8 bits in grey or RGB, with or without alpha.

    Raises BadImage for anything else or a damaged file, and TooLarge, from the header alone, over the limits.
    """
    with _opened(path) as image:
        if image.mode not in _MODES:
            raise BadImage(
                f"“{path}” {_ADVICE.get(image.mode, 'does not have 8 bits a channel: reduce it to 8 bits first')}."
            )
        if _bits(image, path) != {8}:
            raise BadImage(f"“{path}” does not have 8 bits a channel: reduce it to 8 bits first.")
        if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
            raise BadImage(f"“{path}” is animated or has several pages: save the one you want as its own file.")
        if "transparency" in image.info:
            raise BadImage(
                f"“{path}” has a transparent colour instead of an alpha channel: add an alpha channel first."
            )
        profile = image.info.get("icc_profile")
        ImageOps.exif_transpose(image, in_place=True)
        pixels = np.asarray(image)
        return DecodedPicture(pixels.reshape(*pixels.shape[:2], -1), profile or None, _exif(image))


def read_grey(path: Path, size: tuple[int, int], what: str) -> Pixels:
    """Read a mask of `size` (width, height) as (h, w); `what` names it to the user.

    1-bit masks and grey stored as opaque colour are taken too. Raises BadImage and TooLarge.
    """
    with _opened(path) as image:
        if image.size != size:
            raise BadImage(
                f"{what} “{path}” has {image.width}×{image.height} pixels and the picture {size[0]}×{size[1]}: "
                "they must have the same size."
            )
        if max(_bits(image, path)) > 8 or image.mode not in (*_MODES, "1", "P"):
            raise BadImage(f"{what} “{path}” is not an 8-bit grey picture: convert it to 8-bit grey first.")
        if image.mode in ("L", "1"):
            return np.array(image.convert("L"))
        full = np.asarray(image.convert("RGBA"))
        grey = full[:, :, 0]
        if (full[:, :, 1] != grey).any() or (full[:, :, 2] != grey).any() or (full[:, :, 3] != 255).any():
            raise BadImage(f"{what} “{path}” has colour or transparency: convert it to 8-bit grey first.")
        return np.array(grey)


def read_where(path: Path | None, size: tuple[int, int]) -> Pixels | None:
    """The plane (h, w) of --where for a picture of `size`. Raises BadSelection if it is all 0, else as `read_grey`."""
    if path is None:
        return None
    where = read_grey(path, size, "--where")
    if not where.any():
        raise BadSelection(f"--where “{path}” is all black: paint white where to look.")
    return where


def encode_picture(pixels: Pixels, like: DecodedPicture, suffix: str) -> bytes:
    """`pixels` (h, w, c) as a file of the kind of `suffix` (see WRITABLE), with the profile and EXIF of `like`."""
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    packed = io.BytesIO()
    extra: dict[str, Any] = {"compression": "tiff_lzw"} if WRITABLE[suffix] == "TIFF" else {}
    extra |= {name: value for name, value in (("icc_profile", like.profile), ("exif", like.exif)) if value}
    image.save(packed, WRITABLE[suffix], **extra)
    return packed.getvalue()


def encode_grey(pixels: Pixels) -> bytes:
    """A mask (h, w) as an 8-bit grey PNG."""
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "PNG")
    return packed.getvalue()


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The picture of a regular file, its header checked against the limits; whatever decoding raises is a BadImage."""
    # The limits of engine/REFERENCE.md replace Pillow's own warning.
    Image.MAX_IMAGE_PIXELS = None
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise BadImage(f"“{path}” is a folder: name a picture file.")
        if not stat.S_ISREG(status.st_mode):
            raise BadImage(f"“{path}” is not a regular file: name a picture file.")
        with Image.open(path, formats=_READABLE) as image:
            if image.width > MAX_SIDE or image.height > MAX_SIDE or image.width * image.height > MAX_PIXELS:
                raise TooLarge(
                    f"“{path}” has {image.width}×{image.height} pixels; the limits are {MAX_PIXELS // 10**6} "
                    f"megapixels and {MAX_SIDE} a side: scale it down or crop it first."
                )
            yield image
    except (BadImage, TooLarge, MemoryError):
        raise
    except FileNotFoundError as error:
        raise BadImage(f"“{path}” does not exist: check the name.") from error
    except PermissionError as error:
        raise BadImage(f"“{path}” may not be read: change its permissions or copy it.") from error
    except UnidentifiedImageError as error:
        raise BadImage(f"“{path}” is not a PNG, JPEG, WebP or TIFF picture, or it is damaged.") from error
    # Pillow's decoders raise nearly anything on a damaged file.
    except Exception as error:
        if isinstance(error, OSError) and error.strerror:
            raise BadImage(f"“{path}” cannot be read: {error.strerror}.") from error
        raise BadImage(f"“{path}” is damaged and cannot be read: {error}.") from error


def _bits(image: Image.Image, path: Path) -> set[int]:
    """The bits per channel in the file; Pillow's mode hides them where it converts while decoding."""
    if image.format == "PNG":
        return {_png_depth(path)}
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return set(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,)))
    return {8}


def _png_depth(path: Path) -> int:
    """Byte 24 of a PNG (https://www.w3.org/TR/png-3/#11IHDR)."""
    with path.open("rb") as file:
        (depth,) = struct.unpack("24xB", file.read(25))
    return int(depth)


def _exif(image: Image.Image) -> bytes | None:
    # A TIFF's tags describe how its own file is laid out.
    if image.format == "TIFF" or "exif" not in image.info:
        return None
    exif = image.getexif()
    exif.pop(ExifTags.Base.Orientation, None)
    return exif.tobytes() if len(exif) else None
