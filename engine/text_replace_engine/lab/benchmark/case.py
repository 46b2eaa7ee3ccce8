"""What is asked of one picture, wherever the pictures come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_wire.geometry import Box

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Case:
    """Replace r by e in one picture.

    id: unique in its source, fit for a file name. read: the picture, RGB (h, w, 3), or grey (h, w, 1), which an edit
    leaves grey. reference (h, w): 255 where the
    object is, or what an edit may change, 0 where nothing may; what is between counts as neither. None where nobody
    said. Both raise UserError.
    source_prompt, target_prompt: of the whole picture, before and after; empty where there are none. category: by which
    tables are split; empty: not at all. stamp: a text that changes with what picture and reference are read from;
    raises OSError. place: file and line that say so, for sentences; empty where nobody wrote it down. stem: of the
    picture's file name; empty where it is in none.
    """

    id: str
    replace: str
    with_: str
    seed: int
    read: Callable[[], Pixels]
    reference: Callable[[], Pixels] | None = None
    source_prompt: str = ""
    target_prompt: str = ""
    category: str = ""
    stamp: Callable[[], str] = str
    place: str = ""
    stem: str = ""


@dataclass(frozen=True)
class Broken:
    """An entry of a source that cannot be asked. id: as `Case.id`. why: one sentence, with file and line."""

    id: str
    why: str


@dataclass(frozen=True)
class PaintedArea:
    """An area as a network painted it, before the edit region alone was put into the picture.

    painted: RGB (h, w, 3) at the network's own size; picture: what was there before, region (h, w): the edit region, 0
    to 255, both at that size. area: where it lies in the part of the picture that the edit saw; may reach outside.
    """

    area: Box
    painted: Pixels
    picture: Pixels
    region: Pixels


@dataclass(frozen=True)
class Result:
    """A case's edit by one method.

    after: RGB (h, w, 3), as it was handed back. unpasted: what networks painted for it; empty where nobody knows, as of
    another tool. region, object_mask: (h, w), 0 to 255, None as well. seconds, peak_memory (bytes): of the edit, None
    where nobody measured. covers: the part of the picture that it shows, around which `after` is the picture before;
    None: all. known: values that it came with, by a metric's key, where they cannot be measured of these pictures.
    """

    after: Pixels
    unpasted: tuple[PaintedArea, ...] = ()
    region: Pixels | None = None
    object_mask: Pixels | None = None
    seconds: float | None = None
    peak_memory: int | None = None
    report: Mapping[str, object] = field(default_factory=dict)
    covers: Box | None = None
    known: Mapping[str, float | None] = field(default_factory=dict)


class Source(Protocol):
    """Cases in a fixed order, and what only this source can say of a result."""

    @property
    def name(self) -> str:
        """For titles."""

    @property
    def entries(self) -> Sequence[Case | Broken]:
        """All, in their order; pictures are read when they are asked for."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """What the source has besides and is no replacement of an object: why not, and how many; empty for most."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What `judged` adds."""

    def judged(self, case: Case, result: Result) -> Mapping[str, float | None]:
        """Further values by the key of `metrics`, such as a judge's."""
