"""What goes to a worker: a job, and on the way the files that it names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from text_replace_engine.batch.job import Job
from text_replace_engine.batch.stamping import asked_of
from text_replace_engine.client.source_file import SourceFile, read_source
from text_replace_wire.errors import BadImage


@dataclasses.dataclass(frozen=True)
class Parcel:
    """asked: see `Entry`. files: what is in those that the job names, or why that cannot be read; None: whoever makes
    the picture reads them itself.
    """

    job: Job
    asked: str
    files: Mapping[Path, bytes | BadImage] | None = None

    def open_file(self, path: Path) -> SourceFile:
        """See `source_file.OpenFile`."""
        if self.files is None:
            return read_source(path)
        contents = self.files[path]
        if isinstance(contents, BadImage):
            raise contents
        return SourceFile(path, contents)


def by_name(job: Job) -> Parcel:
    """Without the files."""
    return Parcel(job, asked_of(job))


def by_contents(job: Job) -> Parcel:
    """With the files."""
    wanted = job.wanted
    paths = [path for path in (wanted.source, wanted.where, wanted.region) if path is not None]
    return dataclasses.replace(by_name(job), files={path: _contents(path) for path in paths})


def _contents(path: Path) -> bytes | BadImage:
    try:
        return read_source(path).data
    except BadImage as error:
        return error
