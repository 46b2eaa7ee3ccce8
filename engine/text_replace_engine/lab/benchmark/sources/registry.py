"""Which kind of benchmark a folder is."""

from __future__ import annotations

from pathlib import Path

from text_replace_engine.lab.benchmark.case import Source
from text_replace_engine.lab.benchmark.sources import json_lines, pie_bench
from text_replace_wire.errors import UserError


def source_in(folder: Path, seed: int) -> Source:
    """The cases of a folder. seed: of those that say none. Raises UserError where it holds none, and OSError."""
    if not folder.is_dir():
        raise UserError(f"There is no folder “{folder}”: name one with pictures and {json_lines.NAME}.")
    if (folder / json_lines.NAME).is_file():
        return json_lines.JsonLines(folder, seed)
    if (folder / pie_bench.NAME).is_file():
        return pie_bench.PieBench(folder, seed)
    raise UserError(
        f"“{folder}” has neither {json_lines.NAME} nor PIE-Bench's {pie_bench.NAME}: write the first, one case a line."
    )
