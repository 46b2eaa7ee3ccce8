"""JSON Lines: an object a picture."""

from __future__ import annotations

from collections.abc import Iterator

from text_replace_engine.batch.sources.names import named
from text_replace_engine.batch.sources.rows import Row
from text_replace_engine.lines import object_on
from text_replace_wire.errors import UserError


def json_rows(data: bytes) -> Iterator[Row]:
    """See `rows.Row`. null says nothing."""
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            fields = named(object_on(line).items())
            yield number, {name: value for name, value in fields.items() if value is not None}
        except UserError as error:
            yield number, error
