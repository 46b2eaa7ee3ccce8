"""The manifest of a run: what it was made with, then a line for each picture, on disk as soon as it is known."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from text_replace_engine.batch.entry import Entry, NewObject, Result, Status
from text_replace_engine.batch.identity import Identity, differences
from text_replace_engine.lines import append_line, whole_lines
from text_replace_engine.models.files import write_whole
from text_replace_wire.errors import UserError

_IDENTITY = "identity"


class Manifest:
    """Entries in a file, one of each id. In memory is only where they are in it."""

    def __init__(self, path: Path, identity: Identity) -> None:
        """A new file where there is none, or one of another identity without any result. Raises UserError where it has
        results of another identity, or is another kind of file, and OSError.
        """
        self._path, self._identity = path, identity
        #: By id: where the line begins, and how long it is.
        self._places: dict[str, tuple[int, int]] = {}
        if path.exists():
            self._read()
        else:
            self._write([])

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._places

    def __iter__(self) -> Iterator[Entry]:
        return filter(None, map(self.get, self._places))

    def get(self, identifier: str) -> Entry | None:
        """The entry of this id. Raises OSError."""
        if identifier not in self._places:
            return None
        start, length = self._places[identifier]
        with self._path.open("rb") as file:
            file.seek(start)
            return _entry(json.loads(file.read(length)))

    def keep_only(self, identifiers: Collection[str]) -> None:
        """Drop the entries of all other ids. Raises OSError."""
        data = self._path.read_bytes()
        kept = [place for identifier, place in self._places.items() if identifier in identifiers]
        self._write([data[start : start + length] for start, length in kept])
        self._read()

    def add(self, entry: Entry) -> None:
        """Keep one of a new id; when this returns, it is on disk. Raises OSError."""
        start = self._path.stat().st_size
        try:
            append_line(self._path, asdict(entry))
        except OSError:
            # A disk that is full takes a part of it, and may have room again for the next one's line.
            os.truncate(self._path, start)
            raise
        self._places[entry.id] = start, self._path.stat().st_size - start

    def _read(self) -> None:
        self._places.clear()
        first, *others = whole_lines(self._path) or [b""]
        differing = self._differing(first)
        otherwise = UserError(
            f"“{self._path.parent}” holds results that were made otherwise ({'; '.join(differing)}): ask for the same "
            "again, or name another folder."
        )
        start = len(first) + 1
        for number, line in enumerate(others, 2):
            try:
                entry = _entry(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                damaged = UserError(
                    f"“{self._path}”, line {number}, is no entry of a batch: delete the line, and its picture is made "
                    "again."
                )
                # Another version's entries may look otherwise.
                raise (otherwise if differing else damaged) from error
            if differing and entry.results:
                raise otherwise
            self._places[entry.id] = start, len(line) + 1
            start += len(line) + 1
        if differing:
            # Nothing was painted, for example because a word was wrong.
            self._places.clear()
            self._write([])

    def _differing(self, first: bytes) -> list[str]:
        """What was not the same when the first line was written."""
        try:
            earlier = dict(json.loads(first)[_IDENTITY])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UserError(f"“{self._path}” is no manifest of a batch: name another folder.") from error
        # As it would be read again: tuples are lists then.
        return list(differences(earlier, json.loads(json.dumps(self._identity))))

    def _write(self, lines: list[bytes]) -> None:
        first = json.dumps({_IDENTITY: self._identity}, ensure_ascii=False) + "\n"
        write_whole(self._path, first.encode(errors="backslashreplace") + b"".join(lines))


def _entry(document: Mapping[str, Any]) -> Entry:
    """Raises ValueError, KeyError, TypeError and AttributeError for what is none."""
    size = document["size"]
    converted = {
        "status": Status(document["status"]),
        "size": None if size is None else tuple(size),
        "results": tuple(map(_result, document["results"])),
    }
    return Entry(**{**document, **converted})


def _result(document: Mapping[str, Any]) -> Result:
    return Result(**{**document, "objects": tuple(map(_object, document["objects"]))})


def _object(document: Mapping[str, Any] | None) -> NewObject | None:
    return None if document is None else NewObject(**{**document, "box": tuple(document["box"])})
