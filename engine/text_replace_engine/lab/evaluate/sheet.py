"""A contact sheet of edits: before, mask, after."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.lab.evaluate.edit_cases import EditCases
from text_replace_engine.lab.evaluate.edits import paint
from text_replace_engine.painting.guided.sampling.presets import Preset
from text_replace_wire.api import EngineApi, IsCancelled

_SIDE = 256
_CAPTION = 24
_ACROSS = 2


def contact_sheet(
    engine: EngineApi, cases: EditCases, count: int, on_case: OnCase, cancelled: IsCancelled
) -> Image.Image:
    """The first `count` edits; where nothing was found there is only the picture.

    Raises whatever the engine raises.
    """
    strips: list[Image.Image] = []
    for index in range(count):
        case = cases[index]
        result = paint(engine, case, Preset.STANDARD, cancelled)
        pictures = [case.pixels] if result is None else [case.pixels, result.region, result.pixels]
        caption = f"{case.replace} to {case.with_}" + (" (not found)" if result is None else "")
        strips.append(_strip([Image.fromarray(pixels) for pixels in pictures], caption))
        on_case("sheet", index + 1, count)
    return _grid(strips)


def _strip(pictures: list[Image.Image], caption: str) -> Image.Image:
    strip = Image.new("RGB", (_SIDE * 3, _SIDE + _CAPTION), "white")
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
