"""The paper's Figure 7: a row for each λ, a column for each value, the picture and the mask at the left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont, ImageOps

#: In pixels: a cell's side, room between cells, and above them for a line of text.
SIDE, GAP, LINE = 168, 10, 24
#: For the names of the rows.
LABEL = 76
_TEXT, _SMALL = 16, 13
_PAPER, _INK, _FAINT = (255, 255, 255), (0, 0, 0), (110, 110, 110)


@dataclass(frozen=True)
class Panel:
    """picture: None where there is none. caption: one short line below it."""

    picture: Image.Image | None
    caption: str


@dataclass(frozen=True)
class GridRow:
    label: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Grid:
    """columns: what is above each; every row has as many panels. left: what is at the left, from the top. note: below
    all.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    left: tuple[Panel, ...]
    note: str


def size_of(columns: int, rows: int, left: int, notes: int) -> tuple[int, int]:
    """(width, height) of a grid with so many lines of notes."""
    return corner_of(columns, 0)[0], corner_of(0, max(rows, left))[1] + notes * LINE


def corner_of(column: int, row: int) -> tuple[int, int]:
    """The left upper corner of a panel's picture; column −1: of one at the left."""
    x = GAP if column < 0 else GAP + (SIDE + GAP) + LABEL + column * (SIDE + GAP)
    return x, _top() + row * _pitch()


def drawn(grid: Grid) -> Image.Image:
    """The figure, RGB."""
    room = size_of(len(grid.columns), len(grid.rows), len(grid.left), 0)[0] - 2 * GAP
    notes = list(_lines(grid.note, room, _font(_SMALL)))
    sheet = Image.new("RGB", size_of(len(grid.columns), len(grid.rows), len(grid.left), len(notes)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, panel in enumerate(grid.left):
        _draw_panel(sheet, draw, panel, corner_of(-1, number))
    for column, name in enumerate(grid.columns):
        x, y = corner_of(column, 0)
        draw.text((x + SIDE // 2, y - LINE // 2), name, _INK, _font(_TEXT), anchor="mm")
    for number, row in enumerate(grid.rows):
        x, y = corner_of(0, number)
        draw.text((x - LABEL // 2, y + SIDE // 2), row.label, _INK, _font(_TEXT), anchor="mm")
        for column, panel in enumerate(row.panels):
            _draw_panel(sheet, draw, panel, corner_of(column, number))
    for number, line in enumerate(notes):
        draw.text((GAP, sheet.height - (len(notes) - number) * LINE), line, _FAINT, _font(_SMALL))
    return _titled(sheet, list(_lines(grid.title, room, _font(_TEXT))))


def _titled(sheet: Image.Image, lines: Sequence[str]) -> Image.Image:
    """With the lines at the top, where there is room for one."""
    titled = ImageOps.expand(sheet, (0, LINE * max(0, len(lines) - 1), 0, 0), _PAPER)
    draw = ImageDraw.Draw(titled)
    for number, line in enumerate(lines):
        draw.text((GAP, GAP + number * LINE), line, _INK, _font(_TEXT))
    return titled


def _lines(text: str, room: int, font: ImageFont.FreeTypeFont) -> Iterator[str]:
    """Broken between words, so that no line of several is wider than the room."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > room:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _draw_panel(sheet: Image.Image, draw: ImageDraw.ImageDraw, panel: Panel, corner: tuple[int, int]) -> None:
    x, y = corner
    if panel.picture is None:
        draw.rectangle((x, y, x + SIDE - 1, y + SIDE - 1), outline=_FAINT)
        draw.text((x + SIDE // 2, y + SIDE // 2), "no picture", _FAINT, _font(_SMALL), anchor="mm")
    else:
        shown = _fitted(panel.picture)
        sheet.paste(shown, (x + (SIDE - shown.width) // 2, y + (SIDE - shown.height) // 2))
    draw.text((x + SIDE // 2, y + SIDE + LINE // 2), panel.caption, _FAINT, _font(_SMALL), anchor="mm")


def _fitted(picture: Image.Image) -> Image.Image:
    scale = SIDE / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _top() -> int:
    return GAP + LINE + LINE


def _pitch() -> int:
    return SIDE + LINE + GAP


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # Pillow's own has no Greek letters.
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
