"""The two requests for a picture in memory, as GIMP's plug-in makes them for a layer, and their answers put to use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.client.composite import array, composite
from text_replace_wire.adjustments import Adjustments
from text_replace_wire.choice import union_of
from text_replace_wire.errors import BadSelection, NotFound
from text_replace_wire.geometry import Box, edit_box, search_size
from text_replace_wire.api import never
from text_replace_wire.messages import Edit, Edited, Find, Found, MaskKind, ModelChoice, Preset, Progress
from text_replace_wire.planes import Plane

Pixels = NDArray[np.uint8]
OnProgress = Callable[[Progress], None]
IsCancelled = Callable[[], bool]
IsKept = Callable[[], bool]


class Engine(Protocol):
    """Whoever answers the two requests: the running engine's link, or the pipeline in this process."""

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found: ...

    def edit(self, request: Edit, on_progress: OnProgress, cancelled: IsCancelled, kept: IsKept = never) -> Edited: ...


@dataclass(frozen=True)
class Settings:
    """What an edit is asked for besides the picture."""

    replace: str
    with_: str
    seed: int
    preset: Preset = Preset.STANDARD
    models: ModelChoice = ModelChoice.AUTO
    working_size: int | None = None
    adjustments: Adjustments = Adjustments()


@dataclass(frozen=True)
class Replaced:
    """The picture after an edit (h, w, c), and the planes (h, w) of its edit region and object mask."""

    pixels: Pixels
    region: Pixels
    object_mask: Pixels


def to_plane(pixels: Pixels) -> Plane:
    """The plane of (h, w) or (h, w, c) pixels."""
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    return Plane(pixels.shape[1], pixels.shape[0], channels, pixels.tobytes())


def find_request(
    pixels: Pixels, where: Pixels | None, replace: str, models: ModelChoice, with_: str | None = None
) -> Find:
    """Look for `replace` in `pixels` (h, w, c), only where the plane `where` (h, w) is not zero.

    with_: the edit prompt, where an edit will follow.
    """
    height, width = pixels.shape[:2]
    size = search_size((width, height))
    copy = pixels
    if size != (width, height):
        image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
        copy = np.asarray(image.resize(size, Image.Resampling.LANCZOS))
    selection = None if where is None else to_plane(shrunk(where, size))
    return Find(replace, to_plane(copy), (width, height), selection, models, with_)


def edit_request(pixels: Pixels, where: Pixels | None, found: Found, ranks: Sequence[int], settings: Settings) -> Edit:
    """Replace the union of the candidates `ranks`. Raises BadSelection for a rank that is not there."""
    choice = union_of(found.candidates, ranks)
    box = choice.edit_box.grown(settings.adjustments.margin).clipped((pixels.shape[1], pixels.shape[0]))
    selection = None if where is None else to_plane(_cut(where, box))
    return _edit(pixels, box, choice.mask, MaskKind.OBJECT, selection, settings)


def region_request(pixels: Pixels, region: Pixels, settings: Settings) -> Edit:
    """Replace what the plane `region` (h, w) covers, by exactly that region. Raises BadSelection if it is all 0."""
    rows, columns = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    if not len(rows):
        raise BadSelection("The region is empty (all pixels are 0): paint what to replace in white.")
    covered = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    box = edit_box(covered, (pixels.shape[1], pixels.shape[0]))
    return _edit(pixels, box, to_plane(_cut(region, box)), MaskKind.REGION, None, settings)


def chosen_ranks(found: Found, picked: Sequence[int]) -> tuple[int, ...]:
    """The ranks to replace: `picked`, else the engine's choice. Raises NotFound where there is neither."""
    ranks = tuple(picked) or found.chosen
    if not ranks:
        raise NotFound(found.explanation)
    return ranks


def replaced(pixels: Pixels, request: Edit, edited: Edited) -> Replaced:
    """The whole picture after `edited`, the answer to `request`."""
    return Replaced(
        composite(pixels, edited, request.box),
        _pasted(edited.region, request.box, request.layer_size),
        _pasted(edited.object_mask, request.box, request.layer_size),
    )


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


def _edit(pixels: Pixels, box: Box, mask: Plane, kind: MaskKind, selection: Plane | None, settings: Settings) -> Edit:
    return Edit(
        replace=settings.replace,
        with_=settings.with_,
        seed=settings.seed,
        layer_size=(pixels.shape[1], pixels.shape[0]),
        box=box,
        image=to_plane(_cut(pixels, box)),
        mask=mask,
        mask_kind=kind,
        selection=selection,
        preset=settings.preset,
        models=settings.models,
        working_size=settings.working_size,
        adjustments=settings.adjustments,
    )


def _cut(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box.y0 : box.y1, box.x0 : box.x1]


def _pasted(part: Plane, box: Box, size: tuple[int, int]) -> Pixels:
    whole = np.zeros((size[1], size[0]), np.uint8)
    whole[box.y0 : box.y1, box.x0 : box.x1] = array(part)[:, :, 0]
    return whole
