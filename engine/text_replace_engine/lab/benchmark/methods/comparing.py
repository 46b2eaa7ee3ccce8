"""Another tool's pictures of the same cases as a method: `--compare NAME=FOLDER`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from text_replace_engine.identifiers import is_id
from text_replace_engine.lab.benchmark.case import Case, Pixels, Result
from text_replace_engine.lab.benchmark.files import read_mask, read_opaque, rgb, stamp
from text_replace_engine.lab.benchmark.methods.alignment import aligned
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.benchmark.results.folder import Folder
from text_replace_engine.lab.benchmark.results.rows import Row, read_rows
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import NotFound, UserError

#: Endings of what `client.reading` reads.
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff")
#: Keys of a result's report.
_FILE, _HOW = "file", "how"


class Compared:
    """See `method.Method`. A folder with a picture for each case, called by the case's id, or as the case's own picture
    where no other case has that; or the folder that an evaluation wrote, of another preset or another version.
    """

    def __init__(self, name: str, folder: Path, cases: Sequence[Case], metrics: Sequence[Metric]) -> None:
        """metrics: with which the results will be measured. Raises UserError where there is no such folder, or it has
        rows that are none, and OSError.
        """
        if not folder.is_dir():
            raise UserError(f"--compare {name}: there is no folder “{folder}”: name one with a picture for each case.")
        self.name, self._folder = name, folder
        self._own = Folder(folder)
        self._rows: Mapping[str, Row] = {}
        self._alike: frozenset[str] = frozenset()
        if self._own.rows.is_file():
            identity, self._rows = read_rows(self._own.rows)
            notes = identity.get("metrics")
            if not isinstance(notes, dict):
                raise UserError(f"--compare {name}: “{self._own.rows}” has no results of an evaluation: name another.")
            self._alike = frozenset(metric.key for metric in metrics if notes.get(metric.key) == metric.note)
        self._files = _pictures_in(folder)
        stems = Counter(case.stem for case in cases if case.stem)
        self._stems = frozenset(stem for stem, count in stems.items() if count == 1)

    def identity(self) -> Mapping[str, Any]:
        """See `method.Method`: all that matters is in the files."""
        return {"settings": {"compared": self.name}}

    def stamp(self, case: Case) -> str:
        """See `method.Method`. Raises UserError and OSError."""
        row = self._rows.get(case.id)
        if row is not None and row.failure:
            return row.failure
        mask = self._own.own.mask(case.id)
        known = "" if row is None else json.dumps(asdict(row), sort_keys=True)
        return stamp([self._file(case), *([mask] if mask.is_file() else [])], known)

    def result(self, case: Case, before: Pixels, cancelled: IsCancelled) -> Result:
        """See `method.Method`."""
        row = self._rows.get(case.id)
        if row is not None:
            self._check(row, case)
        if row is not None and row.failure:
            if row.kind == NotFound.kind:
                raise NotFound(row.failure)
            raise UserError(f"“{self._folder}” has no result for case “{case.id}” either: {row.failure}")
        path = self._file(case)
        background = np.ones(before.shape[:2], bool) if case.reference is None else case.reference() == 0
        found = aligned(rgb(before), rgb(read_opaque(path)), background)
        if found is None:
            raise UserError(
                f"“{path}” does not show the picture of case “{case.id}”, neither scaled nor cropped nor with borders: "
                "check that it belongs to this case."
            )
        box = found.covers
        report = {_FILE: path.name, _HOW: found.how, "covers": [box.x0, box.y0, box.x1, box.y1]}
        mask = self._own.own.mask(case.id)
        region = read_mask(mask, path) if row is not None and mask.is_file() else None
        return Result(
            after=found.pixels,
            region=region if region is not None and region.shape == background.shape else None,
            report=report | {"correlation": found.correlation},
            covers=box,
            known={} if row is None else {key: row.values.get(key) for key in self._alike},
        )

    def _check(self, row: Row, case: Case) -> None:
        """Raises UserError where it is of other words than the case's."""
        asked = row.report.get("replace", case.replace), row.report.get("with", case.with_)
        if asked != (case.replace, case.with_):
            raise UserError(
                f"“{self._folder}” has case “{case.id}” with other words, “{asked[0]}” → “{asked[1]}”: run it again "
                "with today's cases."
            )

    def _file(self, case: Case) -> Path:
        kept = self._own.own.after(case.id)
        if case.id in self._rows and kept.is_file():
            return kept
        names = [case.id, *([case.stem] if case.stem in self._stems else [])]
        for name in names:
            paths = self._files.get(name, [])
            if len(paths) > 1:
                told = ", ".join(f"“{path.name}”" for path in paths)
                raise UserError(f"“{self._folder}” has several pictures for case “{case.id}”, {told}: keep one.")
            if paths:
                return paths[0]
        if self._rows:
            raise UserError(
                f"“{self._folder}” has no result for case “{case.id}”: go on with the evaluation that wrote it, with "
                "this case."
            )
        wanted = " or ".join(f"“{name}.png”" for name in dict.fromkeys(names) if name)
        raise UserError(f"“{self._folder}” has no picture for case “{case.id}”: put {wanted} there.")


def comparisons(
    arguments: Sequence[str], own: str, cases: Sequence[Case], metrics: Sequence[Metric]
) -> tuple[Compared, ...]:
    """Of each NAME=FOLDER. own: the name of the method with which they are compared. Raises UserError and OSError."""
    found: dict[str, Compared] = {}
    for argument in arguments:
        name, equals, folder = argument.partition("=")
        if not equals or not folder or not is_id(name):
            raise UserError(
                f"--compare “{argument}” is not NAME=FOLDER, the name with letters, digits, “-”, “_” and “.” only."
            )
        if name in (own, *found):
            raise UserError(f"--compare “{argument}”: there is a “{name}” already: choose another name.")
        found[name] = Compared(name, Path(folder), cases, metrics)
    return tuple(found.values())


def how_they_fit(reports: Iterable[Mapping[str, Any]]) -> str:
    """Of the reports of one tool's results: how many pictures were brought onto the originals in which way."""
    counts = Counter(str(report[_HOW]) for report in reports if _HOW in report)
    told = ", ".join(f"{count} {how}" for how, count in counts.most_common())
    cropped = "; around a crop stands the original, which is not measured" if counts["cropped"] else ""
    return f"{told}{cropped}" if told else "none fits"


def _pictures_in(folder: Path) -> Mapping[str, Sequence[Path]]:
    """By name without ending. Raises OSError."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _ENDINGS and path.is_file():
            found.setdefault(path.stem, []).append(path)
    return found
