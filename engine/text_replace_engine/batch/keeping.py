"""OUT, and the one who writes into it: files whole, then the line of the manifest that speaks of them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from text_replace_engine.batch.entry import Entry, Made
from text_replace_engine.batch.identity import Identity
from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.batch.making import IMAGES, MASKS, Settings, image_names, mask_name
from text_replace_engine.batch.manifest import Manifest
from text_replace_engine.batch.stamping import asked_of
from text_replace_engine.models.files import PARTIAL, write_whole
from text_replace_wire.errors import InternalError, OutOfMemory, OutputError, UserError

MANIFEST = "manifest.jsonl"
ANNOTATIONS = "annotations.json"
_LOCK = ".lock"
#: What may go well another time.
_TRIED_AGAIN = (OutOfMemory.kind, InternalError.kind)


def check_out(out: Path, source: Path, jobs: Sequence[Job | Broken]) -> None:
    """Raises UserError for a file, for a folder in which something else lies than the results of a batch, and where
    something is in it that is to be read: the input `source`, or a file of its jobs.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"-o “{out}” is a file: name a folder.")
    place = _real(out)
    wanted = [job.wanted for job in jobs if isinstance(job, Job)]
    files = [path for each in wanted for path in (each.source, each.where, each.region) if path is not None]
    for path in (source, *files):
        if _real(path).is_relative_to(place):
            raise UserError(f"“{path}” is in -o “{out}”, where results are written: name another folder for these.")
    if out.is_dir() and not (out / MANIFEST).exists():
        others = [path for path in out.iterdir() if path.name not in (_LOCK, f"{MANIFEST}{PARTIAL}")]
        if others:
            raise UserError(f"-o “{out}” is not empty, and holds no results of a batch: name another folder.")


def _real(path: Path) -> Path:
    """Without links; with those that lead nowhere, at which `Path.resolve` gives up."""
    return Path(os.path.realpath(path))


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """OUT, made where it is missing, is this process's while the block runs. Raises UserError where it is another's,
    and OutputError.
    """
    lock = FileLock(out / _LOCK, timeout=0)
    with _explained(out):
        out.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        # It is an OSError, too.
        except Timeout as error:
            raise UserError(f"Another batch writes into “{out}”: wait for its end, or name another folder.") from error
    try:
        yield
    finally:
        lock.release()


class Keeper:
    """OUT while it is `locked`. What counts of what is in it already is kept, the rest is dropped at once."""

    def __init__(self, out: Path, identity: Identity, jobs: Sequence[Job | Broken], settings: Settings) -> None:
        """jobs: the whole input. Raises UserError where OUT was made otherwise or of another, and OutputError."""
        self._out, self._settings = out, settings
        self._jobs = {job.id: job for job in jobs}
        with _explained(out):
            # Until its manifest is seen to be ours, so may nothing else in the folder be.
            self._manifest = Manifest(out / MANIFEST, identity)
            for folder in (out, out / IMAGES, out / MASKS):
                for partial in folder.glob(f"*{PARTIAL}"):
                    partial.unlink()
            self._drop()

    def __contains__(self, identifier: str) -> bool:
        """Whether there is an entry."""
        return identifier in self._manifest

    def keep(self, made: Made) -> None:
        """Write its files and then its entry, unless there is one; when this returns, they are on disk. Raises
        OutputError.
        """
        identifier = made.entry.id
        if identifier in self:
            return
        with _explained(self._out):
            # Of other words, or of a run that was killed: what has no entry may not lie beside what has one.
            job = self._jobs[identifier]
            if isinstance(job, Job):
                self._remove(job, besides=made.files)
            for name, data in made.files.items():
                write_whole(self._out / name, data)
            self._manifest.add(made.entry)

    def get(self, identifier: str) -> Entry | None:
        """What has become of a picture, where that is known. Raises OutputError."""
        with _explained(self._out):
            return self._manifest.get(identifier)

    def write(self, name: str, data: bytes) -> None:
        """Another file. Raises OutputError."""
        with _explained(self._out):
            write_whole(self._out / name, data)

    def _drop(self) -> None:
        kept: set[str] = set()
        strangers: list[str] = []
        for entry in self._manifest:
            if entry.id not in self._jobs and entry.results:
                strangers.append(entry.id)
            elif self._counts(entry):
                kept.add(entry.id)
        if strangers:
            # Of another input, or of a picture that was taken away: hours may have gone into it.
            raise UserError(
                f"“{self._out}” holds results of pictures that are not asked for ({len(strangers)}, such as "
                f"“{strangers[0]}”): name another folder, or delete their lines in “{self._out / MANIFEST}”."
            )
        self._manifest.keep_only(kept)

    def _counts(self, entry: Entry) -> bool:
        job = self._jobs.get(entry.id)
        if job is None or entry.kind in _TRIED_AGAIN or entry.asked != asked_of(job):
            return False
        # Its line may be another one by now.
        if entry.error and isinstance(job, Job) and not entry.error.startswith(job.about):
            return False
        images = [result.file for result in entry.results if result.file]
        return all((self._out / name).is_file() for name in (*images, *[mask_name(entry.id)] * bool(images)))

    def _remove(self, job: Job, besides: Collection[str]) -> None:
        for name in (mask_name(job.id), *image_names(job.id, job.wanted.variations, self._settings.suffix)):
            if name not in besides:
                (self._out / name).unlink(missing_ok=True)


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"“{error.filename or out}” could not be written ({error.strerror or error}): make room on its disk, or "
            "check its permissions; the same command goes on from here."
        ) from error
