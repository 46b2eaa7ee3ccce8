"""What is asked of one picture of many, wherever the pictures come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from text_replace_engine.client.wanted import Wanted
from text_replace_wire.errors import UserError

#: COCO's own words, as JSON has them: an annotation, an image, a category, or all of a file but these three.
Coco = Mapping[str, Any]


def category_key(name: str) -> str:
    """What the names of one category have in common: they are the same in capitals or not."""
    return name.strip().casefold()


@dataclass(frozen=True)
class Job:
    """Replace objects in one picture; everything that changes the result is in here, and can be pickled.

    id: unique in its input, fit for a file name. categories: what a detector is to call each pair's new object.
    known: the annotation of each pair's object, where the input has one; else it is looked for. carried: the
    annotations that stay true. image: what the input says of the picture. place: file and line that ask for it, for
    sentences; empty where nobody wrote it down.
    """

    id: str
    wanted: Wanted
    categories: tuple[str, ...]
    known: tuple[Coco, ...] = ()
    carried: tuple[Coco, ...] = ()
    image: Coco = field(default_factory=dict)
    place: str = ""

    @property
    def about(self) -> str:
        """What a sentence about it begins with."""
        return f"{self.place}: " if self.place else ""


@dataclass(frozen=True)
class Broken:
    """An entry of an input that cannot be carried out. id: as `Job.id`. why: one sentence, with file and line. kind: of
    the error that it is (`errors`).
    """

    id: str
    why: str
    kind: str = UserError.kind


class Source(Protocol):
    """An input: a folder, a table, a COCO file."""

    @property
    def jobs(self) -> Sequence[Job | Broken]:
        """In the input's order. Raises UserError where it cannot be read as a whole, and OSError."""

    @property
    def notes(self) -> Sequence[str]:
        """Sentences on what was left out."""

    @property
    def coco(self) -> Coco:
        """What annotations of the results begin with: `info`, `licenses`, `categories`; empty where none came in."""
