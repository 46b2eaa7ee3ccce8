"""A painter, and beside it a network that does the removing."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.erasing.painter import ErasedSample, ErasingPainter
from text_replace_engine.painting.painter import Canvas, Painter, Plan, Preview, Sample
from text_replace_wire.painting import Painting

_Painter = Painter[Any, Any]


class PainterAndEraser:
    """See `painter.Painter`: each does its own."""

    def __init__(self, painter: _Painter, eraser: ErasingPainter) -> None:
        self._painter = painter
        self._eraser = eraser

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """See `painter.Painter`."""
        return self._for(painting).edit_region(painting, object_mask)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return self._for(painting).samples(painting)

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[Plan]:
        """See `painter.Painter`."""
        return self._for(painting).plans(painting, most, batch, free)

    def paint(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, seeds: Sequence[int], course: Course
    ) -> Generator[Preview, None, list[Sample]]:
        """See `painter.Painter`."""
        return self._for(painting).paint(plan, painting, canvas, prompt, seeds, course)

    def refine(
        self, plan: Plan, painting: Painting, canvas: Canvas, prompt: str, sample: Sample, course: Course
    ) -> Generator[Preview, None, Sample]:
        """See `painter.Painter`."""
        return self._for(painting).refine(plan, painting, canvas, prompt, sample, course)

    def render(self, canvas: Canvas, sample: Sample) -> Tensor:
        """See `painter.Painter`."""
        if isinstance(sample, ErasedSample):
            return self._eraser.render(canvas, sample)
        return self._painter.render(canvas, sample)

    def facts(self, plan: Plan, painting: Painting, sample: Sample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        return self._for(painting).facts(plan, painting, sample, prompt)

    def _for(self, painting: Painting) -> _Painter:
        return self._eraser if painting.remove else self._painter
