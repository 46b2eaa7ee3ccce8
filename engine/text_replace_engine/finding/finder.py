"""What finds: the protocol that every way of finding objects fulfils."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Stage


@dataclass(frozen=True)
class Seen:
    """One object in the picture. pixels: bool (h, w), not all False.

    probability: among all candidates, for ranking. presence: calibrated, 0 to 1, that the phrase names it.
    """

    label: str
    pixels: NDArray[np.bool_]
    probability: float
    presence: float

    @property
    def box(self) -> Box:
        """The bounding box of its pixels."""
        return bounding_box(self.pixels)


@dataclass(frozen=True)
class Finding:
    """ranked: the candidates, best first. chosen: the places in it of those that the phrase means; none: not found.

    seen: what there is in the picture, in words, for who found nothing. explanation: one sentence in place of the usual
    one that lists `seen`, where nothing is chosen for another reason. named: for each part of the phrase (“… and …”,
    commas), each said once, the places of all candidates that it names, best first; left out where they are not known.
    """

    ranked: tuple[Seen, ...]
    chosen: tuple[int, ...]
    seen: tuple[str, ...]
    explanation: str = ""
    named: tuple[tuple[int, ...], ...] = ()


class Finder(Protocol):
    """Finds the objects that a phrase names. Owns the floor from which on a presence counts as found, and whatever it
    remembers of pictures.
    """

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        """The candidates in an RGB image (1, 3, h, w) in [0, 1], cut to the pixels `visible` (h, w).

        Yields each stage as it begins. Raises OutOfMemory.
        """


@runtime_checkable
class ComparableFinder(Finder, Protocol):
    """A finder by the paper's method, whose choice can be held against the paper's own."""

    def as_published(self) -> Finder:
        """A finder of the same segments that chooses among them as the paper does (section 3.1)."""


@runtime_checkable
class RememberingFinder(Finder, Protocol):
    """A finder that keeps what it saw of the last pictures."""

    def anew(self) -> Finder:
        """The same finder with a memory of its own: what it sees pushes nothing out of this one's."""


class Outliner(Protocol):
    """Finds what is pointed at, whatever it is called."""

    def outline(
        self, image: Tensor, visible: NDArray[np.bool_], points: Sequence[tuple[float, float]], box: Box | None
    ) -> Generator[Stage, None, NDArray[np.bool_] | None]:
        """The pixels, bool (h, w), of the one object at all of the `points` (x, y) and inside `box`, of an RGB image
        (1, 3, h, w) in [0, 1], cut to the pixels `visible` (h, w); None where that leaves nothing.

        points and box are in the image's pixels, from its outer edges; one of the two is given at least. Yields each
        stage as it begins. Raises OutOfMemory.
        """
