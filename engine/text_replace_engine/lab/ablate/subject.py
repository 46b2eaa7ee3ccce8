"""The picture that is edited over and over: the object is found once, then painted with every setting."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from PIL import Image

from text_replace_engine.client.exchange import PictureInMemory, replaced
from text_replace_engine.lab.ablate.sweep import Setting
from text_replace_engine.lab.benchmark.case import PaintedArea, Pixels
from text_replace_engine.lab.benchmark.files import rgb
from text_replace_engine.lab.benchmark.methods.unpasted import Watch
from text_replace_engine.painting.guided.options import LAMBDA_CLIP
from text_replace_engine.sets.model_set import DescribedSet
from text_replace_engine.sets.registry import resolved
from text_replace_engine.words import check
from text_replace_wire.api import EngineApi, IsCancelled, ignore
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting
from text_replace_wire.where import chosen


@dataclass(frozen=True)
class Asked:
    """One replacement. models: a model set's id, or “auto”. picked: ranks of candidates, empty: the engine's choice.
    points, box: where the object is, instead of words.
    """

    picture: PictureInMemory
    replace: str
    with_: str
    models: str
    painting: Painting
    picked: tuple[int, ...] = ()
    points: tuple[tuple[int, int], ...] = ()
    box: Box | None = None

    def check(self) -> None:
        """Raises UserError, before anything is loaded, where there are no losses to weigh, and as an edit would."""
        model_set = resolved(self.models)
        if isinstance(model_set, DescribedSet):
            taken = {option for painter in model_set.painters() for option in painter.options}
            if LAMBDA_CLIP.field not in taken:
                raise UserError(
                    f"The {model_set.id} models are not guided by losses, so they have no λ: choose --models starter "
                    "or full."
                )
        check(model_set, self.with_, self.painting)

    def identity(self) -> Mapping[str, Any]:
        """What decides where what is painted, as JSON has it."""
        planes = [self.picture.pixels] + ([] if self.picture.selection is None else [self.picture.selection])
        return {
            "picture": [hashlib.sha256(plane.tobytes()).hexdigest() for plane in planes],
            "replace": self.replace,
            "with": self.with_,
            "picked": list(self.picked),
            "points": [list(point) for point in self.points],
            "box": None if self.box is None else list(dataclasses.astuple(self.box)),
        }


@dataclass(frozen=True)
class Painted:
    """One edit of the picture RGB (h, w, 3). after: as a user gets it; unpasted: with all that the network painted;
    region: (h, w), 0 to 255. frame: the part of the picture in which the network painted. seconds: without finding.
    """

    after: Pixels
    unpasted: Pixels
    region: Pixels
    areas: tuple[PaintedArea, ...]
    frame: Box
    seconds: float


class Subject:
    """What was asked, and where the object is."""

    def __init__(self, engine: EngineApi, asked: Asked, cancelled: IsCancelled) -> None:
        """Look for the object. Raises NotFound, BadSelection and whatever the engine raises."""
        self._engine, self._asked, self._watch = engine, asked, Watch(engine)
        query = find_request(
            asked.picture, asked.replace, asked.models, asked.with_, asked.painting, asked.points, asked.box
        )
        found = engine.find(query, ignore, cancelled)
        self._where = chosen(found, asked.picked)
        #: `models`, `device`, `dtype`, `versions` of the report.
        self.about: Mapping[str, Any] = found.report

    def painted(self, setting: Setting, cancelled: IsCancelled) -> Painted:
        """The edit by a setting. Raises whatever the engine raises."""
        asked, started = self._asked, time.perf_counter()
        painting, pixels = setting.of(asked.painting), asked.picture.pixels
        request = edit_request(
            asked.picture, self._where, asked.replace, asked.with_, setting.seed, asked.models, painting
        )
        edited = self._engine.edit(request, ignore, cancelled)
        seconds = time.perf_counter() - started
        result = replaced(pixels, request, edited)
        areas = self._watch.areas
        if not areas:
            raise UserError(f"The models “{asked.models}” do not paint by guided diffusion: choose starter or full.")
        places = [area.area.moved(request.box.x0, request.box.y0) for area in areas]
        unpasted = rgb(pixels)
        for place, area in zip(places, areas, strict=True):
            _put(unpasted, place, area.painted)
        frame = reduce(Box.union, places).clipped(asked.picture.size)
        return Painted(rgb(result.pixels), unpasted, result.region, areas, frame, round(seconds, 3))


def _put(picture: Pixels, place: Box, painted: Pixels) -> None:
    """Enlarge a painting to its place in the picture, which it may reach out of."""
    enlarged = np.asarray(Image.fromarray(painted).resize(place.size, Image.Resampling.BICUBIC))
    inside = place.clipped((picture.shape[1], picture.shape[0]))
    left, top = inside.x0 - place.x0, inside.y0 - place.y0
    picture[inside.y0 : inside.y1, inside.x0 : inside.x1] = enlarged[
        top : top + inside.height, left : left + inside.width
    ]
