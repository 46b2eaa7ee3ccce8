"""Asks a method about every case and measures what it gives; what is known already is not asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from text_replace_engine.client.images import DecodedPicture, encode_grey, encode_picture
from text_replace_engine.lab.benchmark.case import Broken, Case, Pixels, Result, Source
from text_replace_engine.lab.benchmark.files import read_mask
from text_replace_engine.lab.benchmark.folder import Folder, Pictures
from text_replace_engine.lab.benchmark.method import Method
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.benchmark.rows import Row, Rows
from text_replace_engine.models.files import write_whole
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import NotFound, OutOfMemory, UserError

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

    Raises what `Method.result` may raise besides NotFound, UserError and OutOfMemory, and OSError.
    """
    kept = [_kept(entry, method, rows, pictures) for entry in bench.entries]
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


def _kept(entry: Case | Broken, method: Method, rows: Rows, pictures: Pictures) -> Row | None:
    """What is known of an entry already. Where memory was short, another time it may not be."""
    row = rows.get(entry.id)
    if row is None or row.kind == OutOfMemory.kind or row.asked != _asked(entry, method):
        return None
    return row if row.failure or pictures.after(row.id).is_file() else None


def _asked(entry: Case | Broken, method: Method) -> str:
    """A text that changes with everything that the entry's row follows from; empty where a file cannot be read."""
    if isinstance(entry, Broken):
        return entry.why
    try:
        stamps = entry.stamp(), method.stamp(entry)
    except (OSError, UserError):
        return ""
    words = entry.replace, entry.with_, entry.seed, entry.source_prompt, entry.target_prompt, entry.category
    return hashlib.sha256(json.dumps((*words, *stamps)).encode()).hexdigest()


def _row(bench: Bench, entry: Case | Broken, method: Method, pictures: Pictures, cancelled: IsCancelled) -> Row:
    asked = _asked(entry, method)
    if isinstance(entry, Broken):
        return Row(entry.id, asked, failure=entry.why, kind=UserError.kind)
    try:
        before = entry.read()
        reference = None if entry.reference is None else entry.reference()
        write_whole(bench.folder.before(entry.id), encode_picture(before, DecodedPicture(before), ".png", False).data)
        result = method.result(entry, before, cancelled)
        if reference is None and result.region is None:
            reference = _own_region(bench.folder, entry)
    except (NotFound, UserError, OutOfMemory) as error:
        place = f"{entry.place}: " if entry.place else ""
        return Row(entry.id, asked, failure=f"{place}{error}", kind=error.kind)
    after = encode_picture(result.after, DecodedPicture(result.after), ".png")
    write_whole(pictures.after(entry.id), after.data)
    if result.region is not None:
        write_whole(pictures.mask(entry.id), encode_grey(result.region))
    values = {
        **bench.meter.values(entry, before, result, reference),
        **bench.source.judged(entry, result),
    }
    return Row(entry.id, asked, values, report=result.report)


def _own_region(folder: Folder, case: Case) -> Pixels | None:
    """The engine's own edit region (h, w), so that tools that tell none are measured where no reference is."""
    own = folder.own.mask(case.id)
    return read_mask(own, folder.before(case.id)) if own.is_file() else None
