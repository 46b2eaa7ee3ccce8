"""The rows of an evaluation on disk, so that an interrupted run goes on from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.models.files import write_whole
from text_replace_wire.errors import UserError

Row = Mapping[str, Any]
ModelHashes = list[dict[str, str]]


class Results:
    """Rows by section and index. Those of other models or another suite are dropped."""

    def __init__(self, path: Path | None, suite: str, models: ModelHashes) -> None:
        """Raises UserError where `path` is another kind of file."""
        self._path, self._suite, self._models = path, suite, models
        self._rows: dict[str, dict[int, Row]] = {}
        if path is None or not path.exists():
            return
        try:
            earlier = json.loads(path.read_text(encoding="utf-8"))
            if (earlier["suite"], earlier["models"]) == (suite, models):
                self._rows = {
                    section: {int(index): dict(row) for index, row in rows.items()}
                    for section, rows in earlier["rows"].items()
                }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(f"“{path}” holds no results of an evaluation: choose another name.") from error

    def get(self, section: str, index: int) -> Row | None:
        """The row, None where it has yet to be measured."""
        return self._rows.get(section, {}).get(index)

    def add(self, section: str, index: int, row: Row) -> None:
        """Keep a row, on disk too."""
        self._rows.setdefault(section, {})[index] = row
        self.write([])

    def rows(self, section: str, count: int, one: Callable[[int], Row], on_case: OnCase) -> list[Row]:
        """The first `count` rows: those that are kept, and what `one` gives for the others, which are kept then."""
        rows = []
        for index in range(count):
            row = self.get(section, index)
            if row is None:
                # Not called for those that were kept: they took no time, by which the time that is left is estimated.
                on_case(section, index, count)
                row = one(index)
                self.add(section, index, row)
            rows.append(row)
        on_case(section, count, count)
        return rows

    def write(self, figures: list[dict[str, Any]]) -> None:
        """Write everything, with the figures that the rows come to."""
        if self._path is None:
            return
        rows = {
            section: {str(index): row for index, row in sorted(rows.items())} for section, rows in self._rows.items()
        }
        document = {"suite": self._suite, "models": self._models, "figures": figures, "rows": rows}
        write_whole(self._path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
