"""Asks a method about every case and measures what it gives; what is known already is not asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from text_replace_engine.client.images import encode_grey
from text_replace_engine.lab.benchmark.case import Broken, Case, Pixels, Result, Source
from text_replace_engine.lab.benchmark.files import encode_rgb, read_mask, rgb, stamp
from text_replace_engine.lab.benchmark.methods.method import Method
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.benchmark.results.folder import Folder, Pictures
from text_replace_engine.lab.benchmark.results.rows import Row, Rows
from text_replace_engine.models.files import write_whole
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import NoPicture, NotFound, OutOfMemory, UserError

#: Called with what is being done, how many are done, and how many there are.
OnCase = Callable[[str, int, int], None]


class Measuring(Protocol):
    """What is measured of any case: see `metrics.Meter`."""

    @property
    def metrics(self) -> tuple[Metric, ...]: ...

    def values(
        self, case: Case, before: Pixels, result: Result, reference: Pixels | None
    ) -> Mapping[str, float | None]: ...


@dataclass(frozen=True)
class Bench:
    """What every method is measured by. entries: those of the source that count."""

    source: Source
    entries: Sequence[Case | Broken]
    meter: Measuring
    folder: Folder

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All that rows have values of."""
        return (*self.meter.metrics, *self.source.metrics)


def measure(
    bench: Bench, method: Method, rows: Rows, pictures: Pictures, on_case: OnCase, cancelled: IsCancelled
) -> list[Row]:
    """A row for each entry, in their order; pictures are written before the row that says that they are there.

    Raises what `Method.result` may raise besides NotFound, NoPicture, UserError and OutOfMemory, and OSError.
    """
    kept = [_kept(bench, entry, method, rows, pictures) for entry in bench.entries]
    done, found = sum(row is not None for row in kept), []
    for entry, row in zip(bench.entries, kept, strict=True):
        if row is None:
            on_case(method.name, done, len(kept))
            row = _row(bench, entry, method, pictures, cancelled)
            rows.add(row)
            done += 1
        found.append(row)
    on_case(method.name, done, len(kept))
    return found


def _kept(bench: Bench, entry: Case | Broken, method: Method, rows: Rows, pictures: Pictures) -> Row | None:
    """What is known of an entry already. Where memory was short, another time it may not be."""
    row = rows.get(entry.id)
    if row is None or row.kind == OutOfMemory.kind or row.asked != _asked(bench, entry, method, pictures):
        return None
    if row.failure:
        # The line may be another one by now.
        return row if isinstance(entry, Broken) or row.failure.startswith(_said_of(entry)) else None
    return row if all(path.is_file() for path in (bench.folder.before(row.id), pictures.after(row.id))) else None


def _asked(bench: Bench, entry: Case | Broken, method: Method, pictures: Pictures) -> str:
    """A text that changes with everything that the entry's row follows from; not while a file cannot be read."""
    if isinstance(entry, Broken):
        return entry.why
    own = bench.folder.own
    borrows = entry.reference is None and pictures != own and own.mask(entry.id).is_file()
    try:
        stamps = [entry.stamp(), method.stamp(entry), *([stamp([own.mask(entry.id)])] if borrows else [])]
    except (OSError, UserError):
        stamps = []
    words = entry.replace, entry.with_, entry.seed, entry.source_prompt, entry.target_prompt, entry.category
    return hashlib.sha256(json.dumps((*words, *stamps)).encode()).hexdigest()


def _said_of(case: Case) -> str:
    """What a sentence about it begins with."""
    return f"{case.place}: " if case.place else ""


def _row(bench: Bench, entry: Case | Broken, method: Method, pictures: Pictures, cancelled: IsCancelled) -> Row:
    asked = _asked(bench, entry, method, pictures)
    if isinstance(entry, Broken):
        return Row(entry.id, asked, failure=entry.why, kind=UserError.kind)
    for earlier in (pictures.after(entry.id), pictures.mask(entry.id)):
        # Of other words or another picture: where there is no result now, nothing may be taken for one.
        earlier.unlink(missing_ok=True)
    try:
        pixels = entry.read()
        before = rgb(pixels)
        reference = None if entry.reference is None else entry.reference()
        write_whole(bench.folder.before(entry.id), encode_rgb(before, is_edited=False))
        result = method.result(entry, pixels, cancelled)
        if reference is None and result.region is None:
            reference = _own_region(bench.folder, entry)
    except (NotFound, NoPicture, UserError, OutOfMemory) as error:
        return Row(entry.id, asked, failure=f"{_said_of(entry)}{error}", kind=error.kind)
    write_whole(pictures.after(entry.id), encode_rgb(result.after))
    if result.region is not None:
        write_whole(pictures.mask(entry.id), encode_grey(result.region))
    values = {
        **bench.meter.values(entry, before, result, reference),
        **bench.source.judged(entry, result),
    }
    return Row(entry.id, asked, values, report=result.report)


def _own_region(folder: Folder, case: Case) -> Pixels | None:
    """The engine's own edit region (h, w), so that tools that tell none are measured where no reference is: 255 where
    it is above 0, as the background is measured by it.
    """
    own = folder.own.mask(case.id)
    return np.where(read_mask(own, folder.before(case.id)), np.uint8(255), np.uint8(0)) if own.is_file() else None
