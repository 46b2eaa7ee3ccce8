"""What a page shows, as data: whoever measures fills it in, `page` writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Table:
    """columns: titles, the first of the rows' own names. rows: cells as they are to be read. note: below it. folded:
    its title alone is there until it is opened. prose: cells are sentences, and no numbers.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    folded: bool = False
    prose: bool = False


@dataclass(frozen=True)
class Plot:
    """png: the picture's bytes. alternative: what it shows, in words."""

    title: str
    png: bytes
    alternative: str


@dataclass(frozen=True)
class Shown:
    """One case. before, mask, after: picture files; after: by the method's name, in the same order in every case.
    values: by method, then by the value's title; cases are sorted by them. failures: by method, one sentence each.
    """

    id: str
    caption: str
    before: Path
    mask: Path | None = None
    after: Mapping[str, Path] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    category: str = ""


@dataclass(frozen=True)
class Document:
    """facts: what was measured, with what, when: name and value."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    cases: tuple[Shown, ...] = ()
