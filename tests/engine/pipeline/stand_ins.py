"""A model set without networks: it paints flat colours, several samples at once as a graphics card does."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.finding.finder import Finding, Outliner
from text_replace_engine.models.vocabulary import Reading
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.painter import Canvas, Painter, Plan, Preview, Sample
from text_replace_engine.sets.model_set import LoadedSet
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.messages import Stage
from text_replace_wire.painting import Painting

STEPS = 2


@dataclass
class FlatPainter:
    """See `painter.Painter`. Red is a sample's seed, green how many were painted at once, blue its place among them.

    batches: of the plans, best first. room: how many times more than one sample can be painted at once before memory
    is out. best_of: samples of a result. painted: the seeds of every call. working: what every call works on while it
    lasts.
    """

    batches: tuple[int, ...] = (2, 1)
    room: int = 99
    best_of: int = 1
    painted: list[list[int]] = field(default_factory=list)
    working: list[weakref.ref[Tensor]] = field(default_factory=list)

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        return object_mask

    def samples(self, painting: Painting) -> int:
        return self.best_of

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[Plan]:
        for size in self.batches if batch is None else (batch,):
            yield Plan(min(size, most))

    def paint(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[Sample]]:
        self.painted.append(list(seeds))
        x_t = torch.zeros(len(seeds), 3, 8, 8)
        self.working.append(weakref.ref(x_t))
        course.total = STEPS * len(seeds)
        for number in range(STEPS):
            course.step(len(seeds))
            yield Preview(number, canvas.image, Box(0, 0, canvas.image.shape[-1], canvas.image.shape[-2]))
            if course.look() and number + 1 < STEPS:
                course.cut_short()
                break
        if len(seeds) > 1:
            self.room -= 1
            if self.room < 0:
                raise MemoryError
        return [Sample(seed, (_flat(seed, len(seeds), place),)) for place, seed in enumerate(seeds)]

    def refine(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, sample: Sample, course: Course
    ) -> Generator[Preview, None, Sample]:
        yield from ()
        return sample

    def render(self, canvas: Canvas, sample: Sample) -> Tensor:
        return torch.where(canvas.region > 0, sample.views[0], canvas.image)

    def facts(self, plan: Plan, painting: Painting, sample: Sample, prompt: str) -> Mapping[str, Any]:
        return {"steps": STEPS}


def _flat(red: int, green: int, blue: int) -> Tensor:
    return torch.tensor([red, green, blue]).view(1, 3, 1, 1) / 255


class Indifferent:
    """See `scorer.Scorer`."""

    name = "nothing"

    def scores(self, samples: Sequence[Sample], prompt: str) -> list[float]:
        return [0.0] * len(samples)


class Blind:
    """See `finder.Finder`."""

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        yield Stage.SEGMENT
        return Finding((), (), ())


class Ellipses:
    """See `finder.Outliner`. The ellipse in the box, and a disc of RADIUS around every point."""

    RADIUS = 9.0

    def outline(
        self, image: Tensor, visible: NDArray[np.bool_], points: Sequence[tuple[float, float]], box: Box | None
    ) -> Generator[Stage, None, NDArray[np.bool_] | None]:
        yield Stage.SEGMENT
        rows, columns = (places + 0.5 for places in np.indices(visible.shape))
        pixels = np.zeros_like(visible)
        for x, y in points:
            pixels |= np.hypot(columns - x, rows - y) <= self.RADIUS
        if box is not None:
            across = (columns - (box.x0 + box.x1) / 2) / (box.width / 2)
            down = (rows - (box.y0 + box.y1) / 2) / (box.height / 2)
            pixels |= np.hypot(across, down) <= 1
        pixels &= visible
        return pixels if pixels.any() else None


@dataclass
class StandInSet:
    """See `model_set.ModelSet`. on_load: called before it is loaded; files: what its stamp is made of."""

    id: str
    painter: Callable[[], Painter[Any, Any]]
    on_load: Callable[[], object] = lambda: None
    files: int = 1
    title: str = "Stand-in"
    purpose: str = "For tests."
    outliner: Outliner | None = None
    edit_box: Callable[[Box, tuple[int, int]], Box] = edit_box
    threads: int | None = None

    def licences(self) -> tuple[str, ...]:
        return ()

    def is_installed(self) -> bool:
        return True

    def vocabulary(self) -> tuple[str, ...]:
        return ()

    def reading(self, prompt: str) -> Reading:
        return Reading(prompt)

    def check(self, with_: str, painting: Painting) -> None:
        pass

    def stamp(self) -> Hashable:
        return self.files

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        self.on_load()
        return LoadedSet(
            Blind(),
            self.painter(),
            Indifferent(),
            (),
            "float32",
            self.outliner,
            self.edit_box,
            threads=self.threads,
        )
