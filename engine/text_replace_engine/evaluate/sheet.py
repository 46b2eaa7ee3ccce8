"""A contact sheet of edits: before, mask, after."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from text_replace_wire.messages import ModelChoice

from ..models.files import STARTER
from ..models.vocabulary import read_vocabulary
from ..requests import Engine, IsCancelled, Settings, chosen_ranks, edit_request, find_request, replaced
from .cases import Cases

_SIDE = 256
_CAPTION = 24
_ACROSS = 2


def contact_sheet(
    engine: Engine, cases: Cases, edits: int, on_edit: Callable[[int], None], cancelled: IsCancelled
) -> Image.Image:
    """The first `edits` cases in which the object is found, each replaced by a random name of the starter models.

    Raises whatever the engine raises.
    """
    names = read_vocabulary(STARTER / "vocabulary.json").names
    strips: list[Image.Image] = []
    for index in range(len(cases)):
        if len(strips) == edits:
            break
        case, rng = cases[index], np.random.default_rng(index)
        replace, with_ = case.question.present, str(rng.choice(names))
        settings = Settings(replace, with_, seed=index, models=ModelChoice.STARTER)
        found = engine.find(find_request(case.pixels, None, replace, settings.models), lambda progress: None, cancelled)
        if found.chosen:
            request = edit_request(case.pixels, None, found, chosen_ranks(found, ()), settings)
            result = replaced(case.pixels, request, engine.edit(request, lambda progress: None, cancelled))
            pictures = (case.pixels, result.region, result.pixels)
            strips.append(_strip([Image.fromarray(each) for each in pictures], f"{replace} → {with_}"))
            on_edit(len(strips))
    return _grid(strips)


def _strip(pictures: list[Image.Image], caption: str) -> Image.Image:
    strip = Image.new("RGB", (_SIDE * len(pictures), _SIDE + _CAPTION), "white")
    ImageDraw.Draw(strip).text((4, 4), caption, "black", ImageFont.load_default(14))
    for number, picture in enumerate(pictures):
        small = picture.convert("RGB")
        small.thumbnail((_SIDE, _SIDE))
        strip.paste(small, (number * _SIDE, _CAPTION))
    return strip


def _grid(strips: list[Image.Image]) -> Image.Image:
    width, height = 3 * _SIDE, _SIDE + _CAPTION
    rows = max(1, -(-len(strips) // _ACROSS))
    grid = Image.new("RGB", (width * _ACROSS, height * rows), "white")
    for number, strip in enumerate(strips):
        grid.paste(strip, (number % _ACROSS * width, number // _ACROSS * height))
    return grid
