"""CSV, as spreadsheets write it: names in the first line, then a picture a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from text_replace_engine.batch.sources.names import Fields, named, value_of
from text_replace_engine.batch.sources.rows import Row
from text_replace_wire.errors import UserError
from text_replace_wire.prompts import shown

#: Where a comma is in numbers, spreadsheets put semicolons between cells.
_DELIMITERS = (",", ";", "\t")


def csv_rows(data: bytes) -> Iterator[Row]:
    """See `rows.Row`. An empty cell says nothing; several lines in a cell are as many objects. Raises UserError where
    the file is none, or its first line has other names.
    """
    text = _decoded(data)
    delimiter = max(_DELIMITERS, key=next(filter(str.strip, text.splitlines()), "").count)
    rows = _rows(text, delimiter)
    first = next(rows, None)
    if first is None:
        raise UserError("line 1: the file is empty: begin with a line of names, such as picture, replace, with.")
    line, header = first
    try:
        named((name, None) for name in header if name)
    except UserError as error:
        raise UserError(f"line {line}, which names the columns: {error}") from error
    for number, cells in rows:
        try:
            yield number, _fields(header, cells, decimal_comma=delimiter != ",")
        except UserError as error:
            yield number, error


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UserError(f"line {line}: this is not UTF-8: save the table as “CSV UTF-8”.") from error


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """The cells of each row that has any, and the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    number = 1
    try:
        for row in reader:
            cells = [cell.replace("\r\n", "\n").replace("\r", "\n").strip() for cell in row]
            if any(cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise UserError(f"line {number}: this row's quotes do not match ({error}): save the table again.") from error


def _fields(header: Sequence[str], cells: Sequence[str], decimal_comma: bool) -> Fields:
    over = [cell for name, cell in zip([*header, *[""] * len(cells)], cells, strict=False) if cell and not name]
    if over:
        raise UserError(f"the cell “{shown(over[0])}” is in no column that has a name: put quotes around commas.")
    fields = named(zip(header, cells, strict=False))
    return {name: value_of(name, cell, decimal_comma) for name, cell in fields.items() if cell}
