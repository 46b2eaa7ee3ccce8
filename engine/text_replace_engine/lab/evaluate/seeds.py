"""Do the seeds of one edit differ? A painter that always paints the same picture of a thing is crisp and of no use."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from statistics import mean

import numpy as np
import torch
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.client.exchange import PictureInMemory, replaced
from text_replace_engine.lab.evaluate.edit_cases import EditCase, Pixels
from text_replace_engine.models.networks.perceptual import Perceptual
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_engine.tensors import as_square, resample
from text_replace_wire.api import EngineApi, IsCancelled, ignore
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.errors import NotFound
from text_replace_wire.geometry import Box
from text_replace_wire.where import chosen

VARIATIONS = 4
#: Pictures are compared at this size, so that large objects count as small ones do.
_SIDE = 128


@dataclass(frozen=True)
class Seeds:
    """distance: LPIPS between variations of one edit, mean over all pairs; None where r was not found."""

    distance: float | None


def seeds(engine: EngineApi, perceptual: Perceptual, case: EditCase, cancelled: IsCancelled) -> Seeds:
    """The standard edit by four seeds, compared in the box of the edit region."""
    picture = PictureInMemory(case.pixels)
    try:
        where = chosen(engine.find(find_request(picture, case.replace, STARTER_SET.id), ignore, cancelled))
    except NotFound:
        return Seeds(None)
    request = edit_request(picture, where, case.replace, case.with_, case.seed, STARTER_SET.id, variations=VARIATIONS)
    edited = engine.edit(request, ignore, cancelled)
    results = [replaced(case.pixels, request, edited, number) for number in range(VARIATIONS)]
    box = bounding_box(results[0].region > 0)
    views = [_view(result.pixels, box) for result in results]
    with torch.inference_mode():
        distances = [float(perceptual.distance(one, other)) for one, other in combinations(views, 2)]
    return Seeds(round(mean(distances), 5))


def _view(pixels: Pixels, box: Box) -> Tensor:
    part = np.ascontiguousarray(pixels[box.y0 : box.y1, box.x0 : box.x1])
    view = torch.from_numpy(part).permute(2, 0, 1)[None].float() / 127.5 - 1
    return resample(as_square(view), (_SIDE, _SIDE))
