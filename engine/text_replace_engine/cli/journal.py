"""The report of a command while it runs, written where --json says, also when the command fails."""

from __future__ import annotations

from pathlib import Path

from text_replace_engine.cli.outputs import write_outputs
from text_replace_engine.client.report import Report
from text_replace_wire.errors import TextReplaceError, UserError


class Journal:
    """Keeps the newest report."""

    def __init__(self, path: Path | None, report: Report) -> None:
        self.report = report
        self._path = path

    def keep(self, report: Report) -> None:
        """From now on this is the newest one."""
        self.report = report

    def files(self) -> dict[Path, bytes]:
        """The report as an output, where one was asked for."""
        return {} if self._path is None else {self._path: self.report.json()}

    def fail(self, error: TextReplaceError) -> None:
        """Write the report of a failure. A wrong command line (exit code 2) has none. Raises OutputError."""
        self.report = self.report.failed(error)
        if error.exit_code != UserError.exit_code:
            write_outputs(self.files())
