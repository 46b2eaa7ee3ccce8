"""What became of every case, a line each, on disk as soon as it is known: an interrupted run goes on from there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from text_replace_engine.lab.benchmark.outcome import Outcome
from text_replace_wire.errors import UserError

_IDENTITY = "identity"
#: What parts of an identity are called.
_PARTS = {"source": "cases", "models": "models", "settings": "settings", "metrics": "metrics"}


@dataclass(frozen=True)
class Row:
    """asked: a text that changes with the case (`measuring`). kind: of the error (`errors`) where there is no result.
    report: of the edit (engine/REFERENCE.md, Report).
    """

    id: str
    asked: str
    values: Mapping[str, float | None] = field(default_factory=dict)
    failure: str = ""
    kind: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """For tables."""
        return Outcome(self.id, self.values, self.failure, self.kind)


class Rows:
    """Rows in a file; of several with one id the last counts."""

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        """identity: what must be the same for all rows of a file, as JSON has it. Raises UserError where the file has
        rows of another, or is another kind of file, and OSError.
        """
        self._path = path
        self._rows: dict[str, Row] = {}
        if path.exists():
            _end_with_whole_line(path)
        if path.exists() and path.stat().st_size:
            earlier, self._rows = read_rows(path)
            other = [_PARTS.get(key, key) for key in identity if earlier.get(key) != identity[key]]
            if other:
                raise UserError(
                    f"“{path}” has results with other {' and '.join(other)}: choose another folder, or delete this one."
                )
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._append({_IDENTITY: identity})

    def get(self, identifier: str) -> Row | None:
        """None where nothing is known of the case."""
        return self._rows.get(identifier)

    def add(self, row: Row) -> None:
        """Keep a row; when this returns, it is on disk. Raises OSError."""
        self._append(asdict(row))
        self._rows[row.id] = row

    def _append(self, document: Mapping[str, Any]) -> None:
        with self._path.open("ab") as file:
            file.write((json.dumps(document, ensure_ascii=False) + "\n").encode(errors="backslashreplace"))
            file.flush()
            os.fsync(file.fileno())


def read_rows(path: Path) -> tuple[dict[str, Any], dict[str, Row]]:
    """The identity of a file's rows, and these by id. A last line that is not whole is left out. Raises UserError where
    the file holds none, and OSError.
    """
    *lines, _ = path.read_bytes().split(b"\n")
    rows: dict[str, Row] = {}
    identity: dict[str, Any] = {}
    for number, line in enumerate(lines, 1):
        try:
            document = json.loads(line)
            if number == 1:
                identity = dict(document[_IDENTITY])
            else:
                row = Row(**document)
                rows[row.id] = row
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"“{path}”, line {number}, is no result of an evaluation: "
                + ("choose another folder." if number == 1 else "delete the line, and its case is asked again.")
            ) from error
    return identity, rows


def _end_with_whole_line(path: Path) -> None:
    """Cut off what a process wrote that was killed while it wrote."""
    with path.open("rb+") as file:
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
