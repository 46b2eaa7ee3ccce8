"""Where an evaluation's results lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from text_replace_wire.errors import UserError

#: A line for each result. Who has it in a folder has put nothing else there.
ROWS = "results.jsonl"


def check_folder(out: Path) -> None:
    """Raises UserError for a file, and for a folder in which something else lies than results."""
    if out.exists() and not out.is_dir():
        raise UserError(f"-o “{out}” is a file: name a folder.")
    if out.is_dir() and any(out.iterdir()) and not (out / ROWS).exists():
        raise UserError(f"-o “{out}” is not empty, and holds no results: name another folder.")


@dataclass(frozen=True)
class Pictures:
    """PNG files of one method. after: the result. mask: the edit region, where the method has one."""

    folder: Path

    def after(self, identifier: str) -> Path:
        return self.folder / "results" / f"{identifier}.png"

    def mask(self, identifier: str) -> Path:
        return self.folder / "masks" / f"{identifier}.png"


@dataclass(frozen=True)
class Folder:
    """OUT: the engine's own results lie in it, those of others in folders of their names."""

    path: Path

    @property
    def own(self) -> Pictures:
        return Pictures(self.path)

    @property
    def rows(self) -> Path:
        return self.path / ROWS

    @property
    def table(self) -> Path:
        return self.path / "table.csv"

    @property
    def page(self) -> Path:
        return self.path / "report.html"

    @property
    def answers(self) -> Path:
        """What a person said of results."""
        return self.path / "blind.jsonl"

    def before(self, identifier: str) -> Path:
        """The case's picture, so that the folder can be looked at without the source."""
        return self.path / "pictures" / f"{identifier}.png"

    def compared(self, method: str) -> Pictures:
        return Pictures(self.path / "compared" / method)

    def compared_rows(self, method: str) -> Path:
        return self.path / "compared" / method / ROWS
