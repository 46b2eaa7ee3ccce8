"""Pictures and masks as the command line reads and writes them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.client.colours import Samples, eight_bits
from text_replace_engine.client.keeping import Kept, kept_in_png, kept_in_tiff
from text_replace_engine.client.metadata import Metadata
from text_replace_engine.client.png_writing import encode_png
from text_replace_engine.client.reading import read_raster
from text_replace_engine.client.source_file import OpenFile, read_source
from text_replace_engine.client.tiff_writing import encode_tiff
from text_replace_engine.client.xmp import is_marked
from text_replace_wire.errors import BadImage, BadSelection

Pixels = NDArray[np.uint8]

#: What the formats are saved as, by the file name's suffix.
WRITABLE = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF"}


@dataclass(frozen=True)
class DecodedPicture:
    """A decoded picture, upright.

    samples: (h, w, c) of 8 or 16 bits with c = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. notes: sentences for the user
    on what was made of the file.
    """

    samples: Samples
    metadata: Metadata = field(default_factory=Metadata)
    notes: tuple[str, ...] = ()

    @cached_property
    def pixels(self) -> Pixels:
        """The same with 8 bits, which is what engines see."""
        return eight_bits(self.samples)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.samples.shape[1], self.samples.shape[0]


class WrongFile(Exception):
    """A file of ours does not hold what was meant: a bug, found before anybody else could have the file."""


@dataclass(frozen=True)
class EncodedPicture:
    """A file, and what it is meant to hold."""

    data: bytes
    samples: Samples
    kept: Kept

    def check(self, path: Path, open_file: OpenFile = read_source) -> None:
        """Raises WrongFile where reading `path` gives anything else."""
        try:
            raster = read_raster(path, open_file=open_file)
        except BadImage as error:
            raise WrongFile(f"the result cannot be read: {error}") from error
        if raster.samples.dtype != self.samples.dtype or not np.array_equal(raster.samples, self.samples):
            raise WrongFile("the result's pixels are not those that were painted")
        meant = self.kept.metadata
        if (raster.metadata.profile, raster.metadata.colour) != (meant.profile, meant.colour):
            raise WrongFile("the result's colour space is not what was meant")
        packet = raster.metadata.xmp
        if self.kept.is_marked and (packet is None or not is_marked(packet)):
            raise WrongFile("the result does not say that it was edited")
        if raster.notes or raster.missing or "orientation (applied)" in raster.metadata.dropped:
            raise WrongFile("the result is not the plain file that was meant")


def read_picture(path: Path, page: int | None = None, open_file: OpenFile = read_source) -> DecodedPicture:
    """Read a PNG, JPEG, WebP, TIFF or AVIF; of several pages or frames `page`, else the first.

    Raises BadImage for anything else or a damaged file, and TooLarge, from the header alone, over the limits.
    """
    raster = read_raster(path, page, open_file)
    notes = raster.notes
    if raster.missing:
        rows = f"the last {raster.missing} of {len(raster.samples)} rows are missing"
        notes += (f"“{path}” ends early: {rows} and were left blank.",)
    return DecodedPicture(raster.samples, raster.metadata, notes)


def read_grey(path: Path, size: tuple[int, int], what: str, open_file: OpenFile = read_source) -> Pixels:
    """Read a mask of `size` (width, height) as (h, w); `what` names it to the user.

    Grey stored as opaque colour is taken too. Raises BadImage and TooLarge.
    """
    raster = read_raster(path, open_file=open_file)
    if raster.missing:
        raise BadImage(f"{what} “{path}” is damaged: its last {raster.missing} rows are missing.")
    full = DecodedPicture(raster.samples)
    if full.size != size:
        raise BadImage(
            f"{what} “{path}” has {full.size[0]}×{full.size[1]} pixels and the picture {size[0]}×{size[1]}: "
            "they must have the same size."
        )
    grey = full.pixels[:, :, 0]
    channels = full.pixels.shape[2]
    coloured = channels > 2 and (full.pixels[:, :, 1:3] != grey[:, :, None]).any()
    if coloured or (channels in (2, 4) and (full.pixels[:, :, -1] != 255).any()):
        raise BadImage(f"{what} “{path}” has colour or transparency: convert it to 8-bit grey first.")
    return np.ascontiguousarray(grey)


def read_where(path: Path | None, size: tuple[int, int], open_file: OpenFile = read_source) -> Pixels | None:
    """The plane (h, w) of --where for a picture of `size`. Raises BadSelection if it is all 0, else as `read_grey`."""
    if path is None:
        return None
    where = read_grey(path, size, "--where", open_file)
    if not where.any():
        raise BadSelection(f"--where “{path}” is all black: paint white where to look.")
    return where


def encode_picture(samples: Samples, like: DecodedPicture, suffix: str, mark: bool = True) -> EncodedPicture:
    """`samples` (h, w, c) as a file of the kind of `suffix` (see WRITABLE), with what it can keep of `like`.

    mark: whether it says that generative AI edited the picture.
    """
    is_png = WRITABLE[suffix] == "PNG"
    kept = kept_in_png(like.metadata) if is_png else kept_in_tiff(like.metadata, grey=samples.shape[2] < 3)
    kept = kept.marked() if mark else kept
    return EncodedPicture((encode_png if is_png else encode_tiff)(samples, kept.metadata), samples, kept)


def encode_grey(pixels: Pixels) -> bytes:
    """A mask (h, w) as an 8-bit grey PNG."""
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "PNG")
    return packed.getvalue()
