"""Asks an engine about every scene: right object, its mask, honest "not found"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from text_replace_engine.client.composite import array
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.finding.match import matched
from text_replace_engine.finding.segment import intersection_over_union, segment
from text_replace_engine.lab.evaluate.cases import Case
from text_replace_engine.models.bundle import Models
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_engine.tensors import colour, from_plane
from text_replace_wire.api import EngineApi, IsCancelled, ignore
from text_replace_wire.building import find_request
from text_replace_wire.messages import Find, Found

#: An object is the right one from this overlap on.
RIGHT = 0.5

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Choice:
    """One scene's answers: iou is 0 where nothing was found, alarm says that the absent word was "found".

    pixels_iou: of the first candidate when CLIP judges by the pixels alone, without the segments' labels.
    """

    present: str
    found: bool
    iou: float
    pixels_iou: float
    absent: str
    listed: bool
    alarm: bool
    grey: bool


def ask(engine: EngineApi, models: Models | None, case: Case, cancelled: IsCancelled) -> Choice:
    """Ask for the word that is there, with labels and (given `models`) without, and for the one that is not."""
    question = case.question
    requests = [
        find_request(PictureInMemory(case.pixels), word, STARTER_SET.id) for word in (question.present, question.absent)
    ]
    there, gone = (engine.find(request, ignore, cancelled) for request in requests)
    return Choice(
        present=question.present,
        found=bool(there.chosen),
        iou=overlap(chosen_pixels(there), case.masks),
        pixels_iou=0.0 if models is None else overlap(_by_pixels_alone(requests[0], models), case.masks),
        absent=question.absent,
        listed=question.listed,
        alarm=bool(gone.chosen),
        grey=case.grey,
    )


def chosen_pixels(found: Found) -> Mask | None:
    """The union of the chosen candidates at the search copy's size; None where nothing was found."""
    chosen = [candidate for candidate in found.candidates if candidate.rank in found.chosen]
    return np.any([array(candidate.mask)[:, :, 0] > 127 for candidate in chosen], axis=0) if chosen else None


def overlap(seen: Mask | None, masks: Sequence[Mask]) -> float:
    """The best intersection over union of what was chosen with one of the right objects, at the search copy's size."""
    return 0.0 if seen is None else max(_iou(seen, mask) for mask in masks)


def _iou(seen: Mask, mask: Mask) -> float:
    whole = Image.fromarray(mask.astype(np.uint8) * 255)
    true = np.asarray(whole.resize(seen.shape[::-1], Image.Resampling.BOX)) > 127
    return intersection_over_union(seen, true)


def _by_pixels_alone(request: Find, models: Models) -> Mask | None:
    image = colour(from_plane(request.image))
    segments = segment(image, models.segmenter)
    finding = matched(image, segments, request.replace, models.clip, label_weight=0.0)
    return finding.ranked[0].pixels if finding.ranked else None
