"""What paints: the protocol that every way of painting fulfils."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from torch import Tensor

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.gone import Gone
from text_replace_engine.painting.shares import Shares
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting


@dataclass(frozen=True)
class Canvas:
    """What is painted on. image: RGB (1, 3, h, w) in [0, 1]; region: (1, 1, h, w) in [0, 1], 1 where all is new.

    grey: what comes of it is shown and kept as its luma. replaced: what is in the region, as the user typed it, for
    those who are told what to replace; None: the user gave the region. shares: the region, shared out, where the
    prompt names several objects that are to be painted apart; None: the prompt is painted as a whole. gone: what must
    not be seen again; None: all that is in the region.
    """

    image: Tensor
    region: Tensor
    grey: bool = False
    replaced: str | None = None
    shares: Shares | None = None
    gone: Gone | None = None


@dataclass(frozen=True)
class Plan:
    """One way to paint that fits into memory. batch: samples painted at once. warnings: sentences for the user, where
    the picture is not painted as it was asked for.
    """

    batch: int
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ValueError("at least one sample is painted at once")


@dataclass(frozen=True)
class Preview:
    """What it would be if it ended after this step. number: of the step among those of its part, from 0.

    picture: (1, 3, h, w) in [0, 1], with its surroundings; area: what of the canvas it shows, may reach outside.
    """

    number: int
    picture: Tensor
    area: Box


@dataclass(frozen=True)
class Sample:
    """One painted sample. views: every part of it with its surroundings, (1, 3, h, w) each in [0, 1]. texts: what each
    view shows, where that is not the prompt as a whole; else empty.
    """

    seed: int
    views: tuple[Tensor, ...]
    texts: tuple[str, ...] = field(default=(), kw_only=True)


#: Told of a sample that becomes a variation of the canvas, before it is put in place there.
OnSample = Callable[[Canvas, Sample], None]
AnyPlan = TypeVar("AnyPlan", bound=Plan)
AnySample = TypeVar("AnySample", bound=Sample)


class Painter(Protocol, Generic[AnyPlan, AnySample]):
    """Paints a prompt into the region of a canvas. Deterministic: the same plan and seeds give the same pixels."""

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """What is new for an object mask (1, 1, h, w) in [0, 1]: of that shape and range, nowhere less than the mask,
        grown and feathered as the painter needs it where `painting` does not say so.
        """

    def samples(self, painting: Painting) -> int:
        """How many samples one result is the best of."""

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[AnyPlan]:
        """The ways to paint that `free` bytes allow, best first; the next one is tried where one runs out of memory.

        most: samples that could be painted at once; batch: how many should be, to repeat a picture to the bit; None: as
        the painter finds best.
        Raises UserError.
        """

    def paint(
        self, plan: AnyPlan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[AnySample]]:
        """One sample for each seed, in their order; fewer where `course` says that it is enough, but never none."""

    def refine(
        self, plan: AnyPlan, painting: Painting, canvas: Canvas, prompt: str, sample: AnySample, course: Course
    ) -> Generator[Preview, None, AnySample]:
        """A sample that was chosen, made better where that takes more steps; else the sample itself."""

    def render(self, canvas: Canvas, sample: AnySample) -> Tensor:
        """A sample at the canvas' own size, (1, 3, h, w) in [0, 1]: where the region is 0 it is the image's."""

    def facts(self, plan: AnyPlan, painting: Painting, sample: AnySample, prompt: str) -> Mapping[str, Any]:
        """What a report says of a sample, as JSON, under the names of engine/REFERENCE.md; keys that mean nothing here
        are left out. `options`: the painter's own options that repeat this sample: those that were asked for, and what
        had to be chosen or changed for this machine.
        """


@runtime_checkable
class SeeingPainter(Protocol):
    """A painter that also looks for what belongs to an object and is not in its mask: it is added to the edit region.
    Others paint `edit_region` alone. Where neither that nor the new object is, the picture may keep its own pixels
    (`settling`, `grounding`), which others' paintings never do.
    """

    def with_remnants(self, painting: Painting, image: Tensor, object_mask: Tensor) -> Gone:
        """The object (1, 1, h, w) with its shadow, and with what hangs on it, in a picture RGB (1, 3, h, w), all in
        [0, 1]; the object alone where `painting` says so. Decided by these three alone.
        """

    def shown(self, canvas: Canvas, sample: Any) -> Tensor | None:
        """Where in a sample the new objects are, (1, 1, h, w) of the canvas in [0, 1], with their soft edges. None
        where the painter does not know.
        """
