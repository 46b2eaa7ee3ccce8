"""What is made of an ablation's rows: the grid, the table, the plot."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from text_replace_engine.lab.ablate.folder import Folder
from text_replace_engine.lab.ablate.grid import SIDE, Grid, GridRow, Panel, corner_of, drawn, size_of
from text_replace_engine.lab.ablate.sweep import Weight, sweep_of
from text_replace_engine.lab.ablate.tables import Ablation, as_csv
from text_replace_engine.lab.benchmark.results.rows import Row


def test_every_panel_is_in_its_place() -> None:
    """Row by λ, column by value, the picture and the mask at the left; nothing overlaps, and a picture that is not
    square is not stretched.
    """

    def flat(red: int) -> Panel:
        return Panel(Image.new("RGB", (20, 10), (red, 0, 0)), "")

    panels = [[flat(10 * row + column + 100) for column in range(3)] for row in range(2)]
    rows = tuple(GridRow(str(number), tuple(row)) for number, row in enumerate(panels))
    sheet = drawn(Grid("title", ("0", "1", "2"), rows, (flat(50), Panel(None, "")), "note"))
    assert sheet.size == size_of(3, 2, 2, 1)
    pixels = np.asarray(sheet)
    for row in range(2):
        for column in range(3):
            x, y = corner_of(column, row)
            assert pixels[y + SIDE // 2, x + SIDE // 2].tolist() == [10 * row + column + 100, 0, 0]
            assert pixels[y, x + SIDE // 2].tolist() == [255, 255, 255]
    x, y = corner_of(-1, 0)
    assert pixels[y + SIDE // 2, x + SIDE // 2, 0] == 50


def test_the_note_is_broken_where_there_are_few_columns() -> None:
    """All of it can be read: what does not fit into a line goes on in the next."""
    rows = (GridRow("λ", (Panel(None, ""),)),)
    short, long = (drawn(Grid("", ("0",), rows, (), note)) for note in ("few words", "many words " * 20))
    assert long.width == short.width
    assert long.height > short.height
    assert (np.asarray(long)[:, -5:] == 255).all()


def test_a_long_title_is_broken_and_covers_nothing() -> None:
    """What was asked for is part of the figure: none of it is cut off, and the panels are as far below it as ever."""
    rows = (GridRow("λ", (Panel(Image.new("RGB", (10, 10), "red"), ""),)),)
    short, long = (drawn(Grid(title, ("0",), rows, (), "")) for title in ("few words", "many words " * 20))
    added = long.height - short.height
    x, y = corner_of(0, 0)
    assert added > 0
    assert (np.asarray(long)[added + y :] == np.asarray(short)[y:]).all()
    assert (np.asarray(long)[:, -5:] == 255).all() and (np.asarray(long)[:, :, 0] < 255).any()


def _ablation(folder: Path) -> Ablation:
    """λ_clip and λ_2 at 0 and 1000, two seeds; the agreement is the seed plus a millionth of the weights."""
    sweep = sweep_of("clip,l2", "0,1000", [1, 2])
    rows = {}
    for setting in sweep.settings:
        agreement = setting.seed + (setting.clip + setting.l2) / 1e6
        rows[setting] = Row(setting.id, "", {"clip_part": agreement, "unpasted_mse": None})
    broken = sweep.settings[0]
    rows[broken] = Row(broken.id, "", failure="No picture.", kind="no_picture")
    return Ablation(sweep, rows, Folder(folder))


def test_the_table_has_a_line_for_each_cell(tmp_path: Path) -> None:
    """λ, value and seed, what was measured, the picture's name in the folder; the shared edit is in every λ's lines,
    and where there is no picture its place is empty.
    """
    lines = list(csv.DictReader(io.StringIO(as_csv(_ablation(tmp_path)))))
    assert [(line["lambda"], line["value"], line["seed"]) for line in lines[:4]] == [
        ("clip", "0", "1"),
        ("clip", "1000", "1"),
        ("l2", "0", "1"),
        ("l2", "1000", "1"),
    ]
    assert len(lines) == 8
    assert (lines[0]["clip_agreement"], lines[0]["picture"], lines[0]["failure"]) == ("", "", "No picture.")
    assert lines[1]["clip_agreement"] == lines[3]["clip_agreement"] == "1.002"
    assert lines[1]["background_mse"] == ""
    assert lines[1]["picture"] == lines[3]["picture"] == "pictures/clip-1000_l2-1000_lpips-1000_seed-1.png"


def test_what_gave_no_picture_is_not_averaged(tmp_path: Path) -> None:
    """A point is of the seeds that gave one."""
    points = _ablation(tmp_path).points("clip_part")
    assert points[Weight.CLIP][0] == [pytest.approx(2.001)]
    assert points[Weight.CLIP][1000] == [pytest.approx(1.002), pytest.approx(2.002)]
    assert points[Weight.L2][0] == [pytest.approx(1.001), pytest.approx(2.001)]


@pytest.mark.slow
def test_the_plot_shows_0_and_is_the_same_every_time(tmp_path: Path) -> None:
    """Also where a value gave no picture, and where all of them are 0."""
    from text_replace_engine.lab.ablate.plot import Panel as Diagram
    from text_replace_engine.lab.ablate.plot import plotted

    points = _ablation(tmp_path).points("clip_part")
    panels = [Diagram("agreement", points), Diagram("error", {Weight.CLIP: {0.0: [0.5], 1000.0: []}}, is_log=True)]
    first, again = plotted(panels, (0, 1000)), plotted(panels, (0, 1000))
    assert first == again
    assert Image.open(io.BytesIO(first)).width > 1000
    assert plotted(panels[:1], (0,))
