"""Jobs from a file with an entry for every picture, whatever its format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from text_replace_engine.batch.job import Broken, Coco, Job
from text_replace_engine.batch.sources.asked import Asked, categories_of, wanted_of
from text_replace_engine.batch.sources.ids import Ids
from text_replace_engine.batch.sources.names import Fields
from text_replace_wire.errors import UserError
from text_replace_wire.prompts import shown

#: The number of a line, from 1, and what an entry that begins there says, or why it cannot be read.
Row = tuple[int, Fields | UserError]
_FILES = ("picture", "where", "region")


class Rows:
    """See `job.Source`. Files are named from the folder of this one."""

    notes: Sequence[str] = ()
    coco: Coco = {}

    def __init__(self, path: Path, asked: Asked, read: Callable[[bytes], Iterable[Row]]) -> None:
        """read: the entries in the file's bytes; raises UserError where they cannot be told apart."""
        self._path, self._asked, self._read = path, asked, read
        self._name = path.name

    @cached_property
    def jobs(self) -> Sequence[Job | Broken]:
        """See `job.Source`."""
        ids = Ids()
        found = [self._job(fields, ids, number) for number, fields in self._rows()]
        if not found:
            raise UserError(f"“{self._path}” names no picture: write a line for each.")
        return found

    def _rows(self) -> Iterable[Row]:
        try:
            yield from self._read(self._path.read_bytes())
        except UserError as error:
            raise UserError(f"“{self._name}”, {error}") from error

    def _job(self, said: Fields | UserError, ids: Ids, number: int) -> Job | Broken:
        identifier, place = f"{self._name}:{number}", f"“{self._name}”, line {number}"
        try:
            if isinstance(said, UserError):
                raise said
            own = {name: self._file(name, value) if name in _FILES else value for name, value in said.items()}
            if "picture" not in own:
                raise UserError("“picture” is missing: name a picture file.")
            picture, given, line = own.pop("picture"), own.pop("id", None), f"line {number}"
            if given is None:
                identifier = ids.made(picture.stem, json.dumps(said, sort_keys=True), line)
            else:
                identifier = ids.given(given if isinstance(given, str) else json.dumps(given), line)
            wanted = wanted_of(self._asked, own, picture, identifier)
            return Job(identifier, wanted, categories_of(self._asked, own, wanted), place=place)
        except UserError as error:
            return Broken(identifier, f"{place}: {error}")

    def _file(self, name: str, value: Any) -> Path:
        if not isinstance(value, str):
            raise UserError(f"“{name}” is no text: put it in quotes.")
        path = self._path.parent / value
        try:
            is_there = path.is_file()
        except OSError as error:
            raise UserError(f"the file “{shown(value)}” cannot be read: {error.strerror or error}.") from error
        if not is_there:
            # Tables come from Windows, too.
            remedy = (
                "write “/” between folders"
                if "\\" in value
                else f"name one in the folder of “{self._name}”, or in full"
            )
            raise UserError(f"there is no file “{shown(value)}”: {remedy}.")
        return path
