"""What became of one picture: a line of the manifest (engine/REFERENCE.md, Batch)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    DONE = "done"
    NOT_FOUND = "not_found"
    FAILED = "failed"


@dataclass(frozen=True)
class NewObject:
    """What was painted, as the Finder sees it in the result. box: x, y, width, height; area: both in its pixels.
    segmentation: COCO's compressed run lengths, `size` (height, width) and `counts`.
    """

    category: str
    box: tuple[int, int, int, int]
    area: int
    presence: float
    segmentation: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """One variation. file: in OUT; empty where it was not good enough to be kept. score: the best sample's, by the
    set's scorer. objects: one of each pair, None where it was not found again; empty where that was not asked.
    report: of the edit (engine/REFERENCE.md, Report).
    """

    file: str
    seed: int
    score: float
    objects: tuple[NewObject | None, ...]
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """asked: a text that changes with the job. picture: the file that was read. size: width, height. seconds: all
    that it took. kind, error: of what went wrong (`errors`), empty where nothing did. report: of what was not painted.
    """

    id: str
    asked: str
    status: Status
    picture: str
    size: tuple[int, int] | None = None
    seconds: float = 0.0
    kind: str = ""
    error: str = ""
    results: tuple[Result, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """An entry, and the files that it speaks of, by their names in OUT."""

    entry: Entry
    files: Mapping[str, bytes] = field(default_factory=dict)
