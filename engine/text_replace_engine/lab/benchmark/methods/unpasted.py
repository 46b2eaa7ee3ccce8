"""What guided diffusion painted around the object, which users never see: only the edit region is put into the picture.

It is compared at the network's own size. Enlarged, the blur of enlarging would outweigh what the losses do.
"""

from __future__ import annotations

from torch import Tensor

from text_replace_engine.client.composite import array
from text_replace_engine.lab.benchmark.case import PaintedArea, Pixels
from text_replace_engine.local import LocalEngine
from text_replace_engine.painting.guided.samples import GuidedSample
from text_replace_engine.painting.painter import Canvas, Sample
from text_replace_engine.tensors import crop, resample, to_plane
from text_replace_wire.api import EngineApi
from text_replace_wire.geometry import Box


class Watch:
    """Sees what the painter of an engine in this process does."""

    def __init__(self, engine: EngineApi) -> None:
        #: Of the newest variation; empty where it was not painted by guided diffusion, or elsewhere.
        self.areas: tuple[PaintedArea, ...] = ()
        if isinstance(engine, LocalEngine):
            engine.observe(self._keep)

    def _keep(self, canvas: Canvas, sample: Sample) -> None:
        pieces = zip(sample.pieces, sample.images, strict=True) if isinstance(sample, GuidedSample) else ()
        self.areas = tuple(_painted_area(canvas, piece.part.area, image) for piece, image in pieces)


def _painted_area(canvas: Canvas, area: Box, image: Tensor) -> PaintedArea:
    size = (image.shape[-2], image.shape[-1])
    picture, region = (resample(crop(whole, area), size) for whole in (canvas.image, canvas.region))
    return PaintedArea(area, _pixels(image), _pixels(picture), _pixels(region)[:, :, 0])


def _pixels(image: Tensor) -> Pixels:
    return array(to_plane(image))
