"""Where an ablation's pictures lie, and what its rows say of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from text_replace_engine.lab.benchmark.results.folder import ROWS
from text_replace_engine.lab.benchmark.results.rows import Row
from text_replace_wire.geometry import Box

#: Of `metrics.Meter`: inside the region after the paste, around it before the paste.
AGREEMENT = "clip_part"
BACKGROUND = ("unpasted_mse", "unpasted_lpips", "unpasted_psnr")
SECONDS = "seconds"
#: In a row's report: the part of the picture in which the network painted.
FRAME = "frame"


@dataclass(frozen=True)
class Folder:
    """DIR."""

    path: Path

    @property
    def rows(self) -> Path:
        return self.path / ROWS

    @property
    def before(self) -> Path:
        return self.path / "pictures" / "before.png"

    @property
    def mask(self) -> Path:
        return self.path / "pictures" / "mask.png"

    def after(self, identifier: str) -> Path:
        return self.path / "pictures" / f"{identifier}.png"

    def unpasted(self, identifier: str) -> Path:
        return self.path / "pictures" / f"{identifier}_unpasted.png"


def frame_of(row: Row) -> Box:
    """The part of the picture in which the network painted."""
    return Box(*row.report[FRAME])
