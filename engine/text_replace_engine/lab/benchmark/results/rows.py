"""What became of every case, a line each, on disk as soon as it is known: an interrupted run goes on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from text_replace_engine.lab.benchmark.results.outcome import Outcome
from text_replace_engine.lines import append_line, end_with_whole_line, whole_lines
from text_replace_wire.errors import UserError

_IDENTITY = "identity"
_BEGIN = b'{"identity": '
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
        lines = whole_lines(path) if path.exists() else []
        if lines:
            earlier, self._rows = read_rows(path)
            other = [_PARTS.get(key, key) for key in identity if earlier.get(key) != identity[key]]
            if other:
                raise UserError(
                    f"“{path}” has results with other {' and '.join(other)}: choose another folder, or delete "
                    f"“{path.parent}”."
                )
            end_with_whole_line(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Half of the first line may be there, or somebody else's file.
            if path.exists() and not _BEGIN.startswith(path.read_bytes()[: len(_BEGIN)]):
                raise UserError(f"“{path}” has no results of an evaluation: choose another folder.")
            path.write_bytes(b"")
            append_line(path, {_IDENTITY: identity})

    def get(self, identifier: str) -> Row | None:
        """None where nothing is known of the case."""
        return self._rows.get(identifier)

    def add(self, row: Row) -> None:
        """Keep a row; when this returns, it is on disk. Raises OSError."""
        append_line(self._path, asdict(row))
        self._rows[row.id] = row


def read_rows(path: Path) -> tuple[dict[str, Any], dict[str, Row]]:
    """The identity of a file's rows, and these by id. A last line that is not whole is left out. Raises UserError where
    the file holds none, and OSError.
    """
    rows: dict[str, Row] = {}
    identity: dict[str, Any] = {}
    for number, line in enumerate(whole_lines(path), 1):
        try:
            document = json.loads(line)
            if number == 1:
                identity = dict(document[_IDENTITY])
            else:
                row = _row(document)
                rows[row.id] = row
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UserError(
                f"“{path}”, line {number}, is no result of an evaluation: "
                + ("choose another folder." if number == 1 else "delete the line, and its case is asked again.")
            ) from error
    return identity, rows


def _row(document: Mapping[str, Any]) -> Row:
    """Raises TypeError for what is none."""
    row = Row(**document)
    texts, maps = (row.id, row.asked, row.failure, row.kind), (row.values, row.report)
    if not (all(isinstance(each, str) for each in texts) and all(isinstance(each, dict) for each in maps)):
        raise TypeError(document)
    if not all(value is None or isinstance(value, int | float) for value in row.values.values()):
        raise TypeError(document)
    return row
