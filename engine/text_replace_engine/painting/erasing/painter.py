"""Removing by a network made for that alone, as a painter."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from text_replace_engine.models.networks.eraser import Eraser
from text_replace_engine.painting.areas import Shape
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.crops import parts_of, view_of
from text_replace_engine.painting.latent.names import PainterName
from text_replace_engine.painting.latent.options import room_for
from text_replace_engine.painting.latent.room import region_with_room
from text_replace_engine.painting.latent.samples import CroppedSample, render
from text_replace_engine.painting.painter import Canvas, Plan, Preview
from text_replace_engine.tensors import dilate, in_grey
from text_replace_wire.geometry import Box
from text_replace_wire.options import PAINTER, ROOM
from text_replace_wire.painting import Painting

#: Side of the square with as many pixels as it sees at most: it has learnt from 256, and is known to do well at twice
#: that.
_SIZE = 512
#: Pixels around the region that it does not see either: resampling has smeared the object over them.
_SMEARED = 2
#: No side is shorter.
_SHORTEST = 16
#: Bytes: at that size it allocates 280 MiB beside its weights, measured on a processor; the rest is a reserve.
_NEEDED = 600 * 2**20
_ALIKE = "LaMa removes in one way only: all variations are alike."


def load_eraser(folder: Path, device: torch.device) -> ErasingPainter:
    """That of a folder. Raises ModelMissing and ModelDamaged."""
    return ErasingPainter(Eraser.load(folder, device))


class ErasedSample(CroppedSample):
    """Of what was removed, and not painted anew."""


class ErasingPainter:
    """See `painter.Painter`. No seed changes what it does."""

    def __init__(self, eraser: Eraser) -> None:
        self._eraser = eraser

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """See `painter.Painter`."""
        return region_with_room(object_mask, room_for(painting), painting.grow, painting.feather)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return 1

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[Plan]:
        """See `painter.Painter`."""
        if free >= _NEEDED:
            yield Plan(1, (_ALIKE,) if most > 1 else ())

    def paint(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[ErasedSample]]:
        """See `painter.Painter`. It has no half of a picture to end with, so it is never cut short."""
        eraser = self._eraser
        parts = [
            dataclasses.replace(part, shape=_shape(part.area, eraser.multiple))
            for part in parts_of(canvas.region, _SIZE, eraser.multiple)
        ]
        course.total = len(parts)
        views, images = [], []
        for part in parts:
            view = view_of(canvas.image, part, eraser.multiple)
            mask = dilate((view.region > 0).to(view.region), _SMEARED)
            image = eraser.erased(view.original, mask)
            image = in_grey(image) if canvas.grey else image
            images.append(image)
            views.append(view.pasted(image))
            course.step()
            yield Preview(0, views[-1], part.area)
        return [ErasedSample(seed, tuple(views), tuple(parts), tuple(images)) for seed in seeds]

    def refine(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, sample: ErasedSample, course: Course
    ) -> Generator[Preview, None, ErasedSample]:
        """See `painter.Painter`: it is painted once."""
        yield from ()
        return sample

    def render(self, canvas: Canvas, sample: ErasedSample) -> Tensor:
        """See `painter.Painter`."""
        return render(canvas, sample)

    def facts(self, plan: Plan, painting: Painting, sample: ErasedSample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        return {
            "painter": PainterName.LAMA.value,
            "options": {PAINTER.field: PainterName.LAMA.value, ROOM.field: room_for(painting).value},
        }


def _shape(area: Box, multiple: int) -> Shape:
    """Its own (height, width) where that is small enough: nothing is gained by enlarging."""
    scale = min(1.0, _SIZE / math.sqrt(area.width * area.height))
    wide, high = (max(_SHORTEST, round(side * scale / multiple) * multiple) for side in area.size)
    return high, wide
