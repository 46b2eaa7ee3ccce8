"""What `text-replace ablate` calls: every edit, then the figure, the table, the plot and the page."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from text_replace_engine.lab.ablate.folder import AGREEMENT, BACKGROUND, Folder, frame_of
from text_replace_engine.lab.ablate.grid import Grid, GridRow, Panel, drawn
from text_replace_engine.lab.ablate.measuring import measured
from text_replace_engine.lab.ablate.plot import Panel as Diagram
from text_replace_engine.lab.ablate.plot import plotted
from text_replace_engine.lab.ablate.subject import Asked, Subject
from text_replace_engine.lab.ablate.sweep import Cell, Sweep, Weight, number
from text_replace_engine.lab.ablate.tables import Ablation, as_csv, page_tables
from text_replace_engine.lab.benchmark.measures.metrics import Meter
from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.page.document import Document, Plot, Shown
from text_replace_engine.lab.page.page import write_page
from text_replace_engine.models.files import write_whole
from text_replace_wire.api import EngineApi, IsCancelled
from text_replace_wire.geometry import Box

_NOTE = (
    "As the network painted, before the edit region alone is put into the picture. Below: CLIP agreement inside, "
    "background MSE."
)


def ablate(
    engine: EngineApi, asked: Asked, sweep: Sweep, out: Path, on_edit: OnCase, cancelled: IsCancelled
) -> list[Path]:
    """Paint and measure the sweep in folder `out`, and go on from what it holds; gives the files to look at. engine: in
    this process, so that it can be seen what it paints.

    Raises UserError, also where the folder holds another ablation's rows, OSError, and whatever the engine raises.
    """
    asked.check()
    meter, folder = Meter(asked.models), Folder(out)
    subject = Subject(engine, asked, cancelled)
    rows = measured(subject, asked, sweep, meter, folder, on_edit, cancelled)
    return _written(_Report(asked, Ablation(sweep, rows, folder), {metric.key: metric for metric in meter.metrics}))


@dataclass(frozen=True)
class _Report:
    asked: Asked
    ablation: Ablation
    metrics: dict[str, Metric]

    @property
    def title(self) -> str:
        return f"{self.asked.replace} → {self.asked.with_}"

    @property
    def settings(self) -> str:
        """The preset, and what was asked for besides, so that no figure passes for the preset's own."""
        painting = self.asked.painting
        changed = {"grow": painting.grow, "feather": painting.feather, **painting.options}
        told = [f"{name} {value}" for name, value in sorted(changed.items()) if value is not None]
        return ", ".join([f"preset {painting.preset}", *told])


def _written(report: _Report) -> list[Path]:
    ablation = report.ablation
    folder, seeds = ablation.folder.path, ablation.sweep.seeds
    plots = {
        folder / ("grid.png" if seed == seeds[0] else f"grid-seed-{seed}.png"): Plot(
            f"Seed {seed}", _png(_grid(report, seed)), f"Edits by λ and value. {_NOTE}"
        )
        for seed in seeds
    }
    plots[folder / "plot.png"] = Plot("What each λ does", _plot(report), "Means and spread, as in the tables.")
    table, page = folder / "ablation.csv", folder / "report.html"
    for path, plot in plots.items():
        write_whole(path, plot.png)
    write_whole(table, as_csv(ablation).encode())
    write_page(_document(report, tuple(plots.values())), page)
    return [*plots, table, page]


def _grid(report: _Report, seed: int) -> Image.Image:
    ablation = report.ablation
    sweep, folder = ablation.sweep, ablation.folder
    # The region is the same in every edit, so the network's view of the picture is, too.
    frame = next((frame_of(row) for row in ablation.rows.values() if not row.failure), None)
    rows = tuple(
        GridRow(over.symbol, tuple(_panel(ablation, cell, frame) for cell in _cells(sweep, over, seed)))
        for over in sweep.over
    )
    left = (Panel(_part(folder.before, frame), "picture"), Panel(_part(folder.mask, frame), "edit region"))
    title = f"{report.title}, {report.settings}, seed {seed}: one λ varied, the others at 1000"
    return drawn(Grid(title, tuple(number(value) for value in sweep.values), rows, left, _NOTE))


def _cells(sweep: Sweep, over: Weight, seed: int) -> list[Cell]:
    return [cell for cell in sweep.cells if (cell.over, cell.setting.seed) == (over, seed)]


def _panel(ablation: Ablation, cell: Cell, frame: Box | None) -> Panel:
    row = ablation.rows[cell.setting]
    if row.failure:
        return Panel(None, "")
    agreement, error = ablation.value(cell, AGREEMENT), ablation.value(cell, BACKGROUND[0])
    caption = f"{'–' if agreement is None else f'{agreement:.3f}'}   {'–' if error is None else f'{error:.1e}'}"
    return Panel(_part(ablation.folder.unpasted(cell.setting.id), frame), caption)


def _part(path: Path, frame: Box | None) -> Image.Image | None:
    if frame is None:
        return None
    with Image.open(path) as picture:
        return picture.crop((frame.x0, frame.y0, frame.x1, frame.y1))


def _plot(report: _Report) -> bytes:
    ablation, metrics = report.ablation, report.metrics
    error, perceptual, _ = BACKGROUND
    panels = [
        Diagram(metrics[AGREEMENT].title, ablation.points(AGREEMENT)),
        Diagram(metrics[error].title, ablation.points(error), is_log=True),
        Diagram(metrics[perceptual].title, ablation.points(perceptual), is_log=True),
    ]
    return plotted(panels, ablation.sweep.values)


def _document(report: _Report, plots: tuple[Plot, ...]) -> Document:
    asked, sweep = report.asked, report.ablation.sweep
    facts = (
        ("models", asked.models),
        ("preset", asked.painting.preset),
        *((name, str(value)) for name, value in sorted(asked.painting.options.items())),
        ("seeds", ", ".join(map(str, sweep.seeds))),
        ("one λ varied, the others at", "1000"),
    )
    cases = tuple(_shown(report, value, seed) for seed in sweep.seeds for value in sweep.values)
    tables = tuple(page_tables(report.ablation, report.metrics))
    return Document(f"Ablation: {report.title}", facts, tables, plots, cases)


def _shown(report: _Report, value: float, seed: int) -> Shown:
    """All λ's with the same value beside each other."""
    ablation = report.ablation
    folder = ablation.folder
    cells = {
        cell.over.symbol: cell for cell in ablation.sweep.cells if (cell.value, cell.setting.seed) == (value, seed)
    }
    rows = {name: ablation.rows[cell.setting] for name, cell in cells.items()}
    return Shown(
        id=f"λ {number(value)}, seed {seed}",
        caption=report.title,
        before=folder.before,
        mask=folder.mask,
        after={name: folder.after(row.id) for name, row in rows.items() if not row.failure},
        values={
            name: {report.metrics[key].title: known for key, known in row.values.items()}
            for name, row in rows.items()
            if not row.failure
        },
        failures={name: row.failure for name, row in rows.items() if row.failure},
    )


def _png(picture: Image.Image) -> bytes:
    packed = io.BytesIO()
    picture.save(packed, "PNG")
    return packed.getvalue()
