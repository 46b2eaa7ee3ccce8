"""A painter, and beside it a network that does the removing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.erasing import options
from text_replace_engine.painting.erasing.painter import ErasedSample, ErasingPainter
from text_replace_engine.painting.painter import Canvas, Painter, Plan, Preview, Sample
from text_replace_wire.errors import ModelError
from text_replace_wire.options import PAINTER
from text_replace_wire.painting import Painting

_Painter = Painter[Any, Any]


class PainterAndEraser:
    """See `painter.Painter`: each does its own (`erasing.options`)."""

    def __init__(self, painter: _Painter, load: Callable[[], ErasingPainter]) -> None:
        """load: what removes, when it is first needed; may raise ModelError. Who did not ask for it is then served by
        `painter`.
        """
        self._painter = painter
        self._load = load
        self._eraser: ErasingPainter | ModelError | None = None

    def edit_region(self, painting: Painting, object_mask: Tensor) -> Tensor:
        """See `painter.Painter`."""
        return self._for(painting).edit_region(painting, object_mask)

    def samples(self, painting: Painting) -> int:
        """See `painter.Painter`."""
        return self._for(painting).samples(painting)

    def plans(self, painting: Painting, most: int, batch: int | None, free: int) -> Iterator[Plan]:
        """See `painter.Painter`. A plan says why where the eraser does not remove."""
        painter, why = self._chosen(painting)
        for plan in painter.plans(painting, most, batch, free):
            yield dataclasses.replace(plan, warnings=(why, *plan.warnings)) if why else plan

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
        painter: _Painter = self._loaded() if isinstance(sample, ErasedSample) else self._painter
        return painter.render(canvas, sample)

    def facts(self, plan: Plan, painting: Painting, sample: Sample, prompt: str) -> Mapping[str, Any]:
        """See `painter.Painter`."""
        return self._for(painting).facts(plan, painting, sample, prompt)

    def _for(self, painting: Painting) -> _Painter:
        return self._chosen(painting)[0]

    def _chosen(self, painting: Painting) -> tuple[_Painter, str]:
        """And why it is not the eraser, where it might have been; else empty."""
        removes, why = options.chosen(painting)
        if not removes:
            return self._painter, why
        try:
            return self._loaded(), ""
        except ModelError as error:
            if PAINTER.field in painting.options:
                raise
            return self._painter, f"Painted over: {error}"

    def _loaded(self) -> ErasingPainter:
        if self._eraser is None:
            try:
                self._eraser = self._load()
            except ModelError as error:
                # Reading it again would take as long, and end in the same way.
                self._eraser = error
        if isinstance(self._eraser, ModelError):
            raise self._eraser
        return self._eraser
