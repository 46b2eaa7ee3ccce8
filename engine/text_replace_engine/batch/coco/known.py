"""Where objects are that a COCO file has annotated: what is to be replaced is not looked for by its name."""

from __future__ import annotations

import math

import numpy as np

from text_replace_engine.batch.coco.segmentation import decoded
from text_replace_engine.batch.job import Coco, Job
from text_replace_engine.boxes import bounding_box
from text_replace_engine.client.exchange import PictureInMemory, shrunk, to_plane
from text_replace_engine.client.wanted import Wanted
from text_replace_wire.api import EngineApi, IsCancelled, OnProgress
from text_replace_wire.building import find_request
from text_replace_wire.errors import BadImage, BadSelection, NotFound
from text_replace_wire.geometry import Box, region_box, search_size
from text_replace_wire.messages import Find, MaskKind
from text_replace_wire.pairs import Pair, check_apart
from text_replace_wire.where import Where, chosen

#: Pixels, farther than any picture goes; sums of larger numbers may be too large for themselves.
_FAR = 2**31


def known_places(
    job: Job, picture: PictureInMemory, engine: EngineApi, on_progress: OnProgress, cancelled: IsCancelled
) -> list[Where]:
    """The place of each annotation in `job.known`: what is segmented, or what there is to tell apart in its box.

    Raises BadImage where the picture is not of the size that the file says, BadSelection for annotations that cannot be
    of it and where two are the same object, and NotFound where a box has nothing in it.
    """
    _check_size(job.image, picture.size)
    pairs, places = job.wanted.pairs, []
    for pair, known in zip(pairs, job.known, strict=True):
        if known.get("segmentation"):
            places.append(_outlined(known, picture.size))
            continue
        request = _boxed(known, pair, picture, job.wanted)
        found = engine.find(request, on_progress, cancelled)
        if not found.chosen:
            raise NotFound(f"There is nothing to tell apart in the bbox of {_named(known)}: draw it again.")
        places.append(chosen(found))
    # The pairs have the same words: only their annotations tell them apart.
    named = [
        Pair(f"{pair.replace} ({_named(known)})", pair.with_) for pair, known in zip(pairs, job.known, strict=True)
    ]
    check_apart(named, places)
    return places


def _check_size(image: Coco, size: tuple[int, int]) -> None:
    said = image["width"], image["height"]
    if said != size:
        raise BadImage(
            f"The picture has {size[0]}×{size[1]} pixels upright and its annotations are of {said[0]}×{said[1]}: "
            "annotate it upright, or save it without a rotation."
        )


def _outlined(known: Coco, size: tuple[int, int]) -> Where:
    try:
        mask = decoded(known["segmentation"], size)
    except ValueError as error:
        raise BadSelection(f"The {_named(known)} {error}: draw it again.") from error
    if not mask.any():
        raise BadSelection(f"The {_named(known)} covers no pixel of the picture: draw it again.")
    covered = bounding_box(mask)
    # Around an object that was found, painters see more than around a region that was given: here, too, it grows.
    room = covered.grown(max(covered.size) // 4).clipped(size)
    plane = to_plane(shrunk(mask * np.uint8(255), search_size(size)))
    return Where(MaskKind.OBJECT, plane, region_box(room, size))


def _boxed(known: Coco, pair: Pair, picture: PictureInMemory, wanted: Wanted) -> Find:
    box = _box(known, picture.size)
    return find_request(picture, pair.replace, wanted.models, pair.with_, wanted.painting, box=box)


def _box(known: Coco, size: tuple[int, int]) -> Box:
    sides = known.get("bbox")
    if not isinstance(sides, list) or len(sides) != 4 or not all(map(_is_number, sides)):
        raise BadSelection(f"The {_named(known)} has neither a segmentation nor a bbox of four numbers: draw it again.")
    x, y, width, height = sides
    box = Box(math.floor(x), math.floor(y), math.ceil(x + width), math.ceil(y + height)).clipped(size)
    if box.is_empty():
        raise BadSelection(f"The {_named(known)} has a bbox outside of the picture: draw it again.")
    return box


def _is_number(value: object) -> bool:
    return (type(value) is int or type(value) is float) and abs(value) < _FAR


def _named(known: Coco) -> str:
    return f"annotation {known.get('id', 'without an id')}"
