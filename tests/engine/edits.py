"""Edits of given regions by the real pipeline, with the starter models."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from text_replace_engine.client.exchange import PictureInMemory, Pixels, region_of
from text_replace_engine.local import LocalEngine
from text_replace_engine.painting.guided.paint import GuidedNetworks
from text_replace_engine.painting.guided.painter import GuidedPainter
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import Edited, IsKept, never
from text_replace_wire.building import edit_request
from text_replace_wire.messages import Edit, Progress
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane


def region_edit(pixels: Pixels, region: Pixels, painting: Painting, models: str = "starter", **more: Any) -> Edit:
    """“orange” with seed 1, or nothing, into the region (h, w) of a picture (h, w, c); more: other fields of the
    request.
    """
    picture = PictureInMemory(pixels, region)
    request = edit_request(
        picture, region_of(picture), "apple", "" if painting.remove else "orange", 1, models, painting
    )
    return dataclasses.replace(request, **more)


def run(pipeline: Pipeline, request: Edit, kept: IsKept = never) -> tuple[Edited, list[Progress]]:
    """The answer, and all that was told on the way."""
    told: list[Progress] = []
    return LocalEngine(pipeline).edit(request, told.append, never, kept), told


def only(edited: Edited) -> tuple[Plane, dict[str, Any]]:
    """The pixels and the report of its one variation."""
    (variation,) = edited.variations
    return variation.pixels, variation.report


def painter_of(pipeline: Pipeline) -> GuidedPainter:
    """Its painter with the starter models."""
    painter = pipeline._models("starter").painter
    assert isinstance(painter, GuidedPainter)
    return painter


def networks_of(pipeline: Pipeline) -> GuidedNetworks:
    """What it paints with."""
    return painter_of(pipeline)._networks


def array_of(plane: Plane) -> NDArray[np.uint8]:
    """(h, w, channels)."""
    return np.frombuffer(plane.data, np.uint8).reshape(plane.height, plane.width, plane.channels)
