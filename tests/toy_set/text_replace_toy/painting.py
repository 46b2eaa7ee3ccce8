"""A painter, a flat fill in the prompt's colour; and a scorer."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.painter import Canvas, Plan, Preview, Sample
from text_replace_engine.painting.region import edit_region
from text_replace_toy import COLOURS, named
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting


@dataclass(frozen=True)
class FlatSample(Sample):
    """colour: (1, 3, 1, 1) in [0, 1]."""

    colour: Tensor


class FlatPainter:
    """See `painting.painter.Painter`."""

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """As those of this package do."""
        return edit_region(object_mask, painting.grow, painting.feather)

    def samples(self, painting: Painting) -> int:
        """There is nothing to choose from."""
        return 1

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[Plan]:
        """One at a time, in next to no memory."""
        yield Plan(batch or 1)

    def paint(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[FlatSample]]:
        """All at once."""
        course.total = len(seeds)
        course.step(len(seeds))
        height, width = canvas.image.shape[-2:]
        colour = canvas.image.new_tensor(COLOURS[named(prompt)[0]]).view(1, 3, 1, 1)
        view = canvas.image * (1 - canvas.region) + colour * canvas.region
        yield Preview(0, view, Box(0, 0, width, height))
        return [FlatSample(seed, (view,), colour) for seed in seeds]

    def refine(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, sample: FlatSample, course: Course
    ) -> Generator[Preview, None, FlatSample]:
        """It cannot become better."""
        yield from ()
        return sample

    def render(self, canvas: Canvas, sample: FlatSample) -> Tensor:
        """It has the canvas' size already."""
        return sample.colour.where(canvas.region > 0, canvas.image)

    def facts(self, plan: Plan, painting: Painting, sample: FlatSample, prompt: str) -> Mapping[str, Any]:
        """Nothing that a report has a key for."""
        return {}


class ColourScorer:
    """See `painting.scorer.Scorer`."""

    name = "colour"

    def scores(self, samples: Sequence[Sample], prompt: str) -> list[float]:
        """All are right."""
        return [1.0] * len(samples)
