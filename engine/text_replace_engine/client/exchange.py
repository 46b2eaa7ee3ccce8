"""A picture in memory as what requests are built from, and what their answers make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.boxes import bounding_box
from text_replace_engine.client.colours import Samples
from text_replace_engine.client.composite import array, composite
from text_replace_wire.api import Edited, IsCancelled
from text_replace_wire.building import given_region
from text_replace_wire.errors import BadSelection
from text_replace_wire.geometry import Box
from text_replace_wire.meeting import Painted
from text_replace_wire.messages import Edit
from text_replace_wire.pairs import given_way, union
from text_replace_wire.planes import Plane
from text_replace_wire.where import Where

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class PictureInMemory:
    """See `building.Picture`. pixels: (h, w, c) with c = 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; selection: (h, w),
    None where nothing limits the edit.
    """

    pixels: Pixels
    selection: Pixels | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        """See `building.Picture`."""
        part = _cut(self.pixels, box)
        if size != box.size:
            image = Image.fromarray(part[:, :, 0] if part.shape[2] == 1 else part)
            part = np.asarray(image.resize(size, Image.Resampling.LANCZOS))
        return to_plane(part)

    def read_selection(self, box: Box, size: tuple[int, int]) -> Plane | None:
        """See `building.Picture`. A pixel is the largest of those that it covers, even in part."""
        return None if self.selection is None else to_plane(shrunk(_cut(self.selection, box), size))


@dataclass(frozen=True)
class Replaced:
    """The picture after an edit (h, w, c), and the planes (h, w) of its edit region and object mask."""

    pixels: Samples
    region: Pixels
    object_mask: Pixels


def to_plane(pixels: Pixels) -> Plane:
    """The plane of (h, w) or (h, w, c) pixels, 0 to 255."""
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return Plane(pixels.shape[1], pixels.shape[0], channels, pixels.tobytes())


def region_of(picture: PictureInMemory) -> Where:
    """The picture's selection as the edit region. Raises BadSelection if it is all 0."""
    selection = picture.selection
    where = None if selection is None or not selection.any() else given_region(picture, bounding_box(selection))
    if where is None:
        raise BadSelection("The region is empty (all pixels are 0): paint what to replace in white.")
    return where


def replaced(samples: Samples, request: Edit, edited: Edited, number: int = 0) -> Replaced:
    """The whole picture, of 8 or 16 bits, after a variation of `edited`, the answer to `request`."""
    return Replaced(
        composite(samples, edited.variations[number].pixels, edited.region, request.box, request.seed),
        whole(edited.region, request),
        whole(edited.object_mask, request),
    )


def composed(
    samples: Samples, answers: Sequence[tuple[Edit, Edited]], cancelled: IsCancelled, variation: int = 0
) -> Samples:
    """The whole picture after a variation of several edits of it, in their order: see `pairs.given_way`.

    Raises Cancelled.
    """
    for (request, edited), region in zip(answers, _regions(answers, cancelled), strict=True):
        samples = composite(samples, edited.variations[variation].pixels, region, request.box, request.seed)
    return samples


def composed_region(answers: Sequence[tuple[Edit, Edited]], cancelled: IsCancelled) -> Pixels:
    """How much of the whole picture (h, w) `composed` makes new, 0 to 255. Raises Cancelled."""
    part, box = union(_regions(answers, cancelled), [request.box for request, _ in answers])
    return _pasted(part, box, answers[0][0].layer_size)


def whole(part: Plane, request: Edit) -> Pixels:
    """A plane of an edit's box at its place in the picture (h, w); 0 around it."""
    return _pasted(part, request.box, request.layer_size)


def _regions(answers: Sequence[tuple[Edit, Edited]], cancelled: IsCancelled) -> list[Plane]:
    painted = [Painted(request.box, edited.region, edited.object_mask) for request, edited in answers]
    return given_way(painted, cancelled)


def _pasted(part: Plane, box: Box, size: tuple[int, int]) -> Pixels:
    width, height = size
    pasted = np.zeros((height, width), np.uint8)
    pasted[box.y0 : box.y1, box.x0 : box.x1] = array(part)[:, :, 0]
    return pasted


def shrunk(plane: Pixels, size: tuple[int, int]) -> Pixels:
    """A plane (h, w) at smaller `size` (width, height): a pixel is the largest of those it covers, even in part."""
    return _shrunk_rows(_shrunk_rows(plane, size[1]).T, size[0]).T


def _shrunk_rows(plane: Pixels, count: int) -> Pixels:
    length = plane.shape[0]
    if count == length:
        return plane
    index = np.arange(count)
    # reduceat takes pairs (start, stop) and gives a value for every second one; a stop may not be past the last row.
    spans = np.stack([index * length // count, -(-(index + 1) * length // count)], 1).ravel()
    padded = np.concatenate([plane, np.zeros_like(plane[:1])])
    shrunk_rows: Pixels = np.maximum.reduceat(padded, spans, axis=0)[::2]
    return shrunk_rows


def _cut(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box.y0 : box.y1, box.x0 : box.x1]
