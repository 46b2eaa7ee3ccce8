"""Which kind of input a batch is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from text_replace_engine.batch.job import Source
from text_replace_engine.batch.sources.asked import Asked
from text_replace_engine.batch.sources.coco import CocoFile
from text_replace_engine.batch.sources.csv_table import csv_rows
from text_replace_engine.batch.sources.folder import Folder
from text_replace_engine.batch.sources.json_lines import json_rows
from text_replace_engine.batch.sources.rows import Rows
from text_replace_wire.errors import UserError

#: By the file's ending.
_FILES: Mapping[str, Callable[[Path, Asked], Source]] = {
    ".csv": partial(Rows, read=csv_rows),
    ".jsonl": partial(Rows, read=json_rows),
    ".json": CocoFile,
}


def source_of(path: Path, asked: Asked) -> Source:
    """The pictures in an input, of which nothing is read yet. Raises UserError for what is no input."""
    if path.is_dir():
        return Folder(path, asked)
    if not path.exists():
        raise UserError(f"There is no “{path}”: check the name.")
    kind = _FILES.get(path.suffix.lower())
    if kind is None or not path.is_file():
        raise UserError(
            f"“{path}” is neither a folder with pictures nor a file that ends in {', '.join(_FILES)}: save a table as "
            "CSV; a single picture is for text-replace edit."
        )
    return kind(path, asked)
