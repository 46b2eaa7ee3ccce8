"""Asks an engine for some of several objects, in words: is it the right set of them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.finding.segment import intersection_over_union
from text_replace_engine.lab.evaluate.choices import RIGHT, Mask, chosen_pixels
from text_replace_engine.lab.evaluate.instance_cases import InstanceCase
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_wire.api import EngineApi, IsCancelled, ignore
from text_replace_wire.building import find_request


@dataclass(frozen=True)
class InstanceAnswer:
    """is_right: the set of objects that were chosen is the one that was meant. iou: of the pixels of both."""

    phrase: str
    way: str
    is_right: bool
    iou: float
    understood: str


def ask(engine: EngineApi, case: InstanceCase, cancelled: IsCancelled) -> InstanceAnswer:
    """Ask for the phrase. An object was chosen where most of it was."""
    request = find_request(PictureInMemory(case.pixels), case.phrase, STARTER_SET.id)
    found = engine.find(request, ignore, cancelled)
    chosen = chosen_pixels(found)
    if chosen is None or not case.meant:
        is_right = (chosen is None) == (not case.meant)
        return InstanceAnswer(case.phrase, case.way, is_right, float(is_right), found.understood or found.explanation)
    masks = [_scaled(mask, chosen) for mask in case.masks]
    own = tuple(number for number, mask in enumerate(masks) if (mask & chosen).sum() >= RIGHT * mask.sum())
    meant = np.any([masks[number] for number in case.meant], axis=0)
    iou = intersection_over_union(chosen, meant)
    return InstanceAnswer(
        case.phrase, case.way, own == tuple(sorted(case.meant)) and iou >= RIGHT, iou, found.understood
    )


def _scaled(mask: Mask, seen: Mask) -> Mask:
    whole = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(whole.resize(seen.shape[::-1], Image.Resampling.BOX)) > 127
