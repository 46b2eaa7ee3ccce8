"""Paints with a painter, to the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.samples import LatentSample
from text_replace_engine.painting.painter import Canvas, Painter, Preview
from text_replace_engine.steps import finished
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting

PLENTY = 2**40


def canvas_of(size: tuple[int, int], region: Box, seed: int = 0, grey: bool = False) -> Canvas:
    """A noisy picture of `size` (width, height) with a hard-edged region."""
    image = torch.rand(1, 3, size[1], size[0], generator=torch.Generator().manual_seed(seed))
    return Canvas(image[:, :1].expand(-1, 3, -1, -1) if grey else image, region_of(size, region), grey)


def region_of(size: tuple[int, int], *boxes: Box) -> Tensor:
    """1 in the boxes."""
    region = torch.zeros(1, 1, size[1], size[0])
    for box in boxes:
        region[..., box.y0 : box.y1, box.x0 : box.x1] = 1
    return region


def painted(
    painter: Painter[Any, LatentSample],
    /,
    canvas: Canvas,
    seeds: Sequence[int] = (1,),
    batch: int = 1,
    prompt: str = "an orange",
    course: Course | None = None,
    on_preview: Callable[[Preview], object] = lambda _: None,
    preset: str = "standard",
    remove: bool = False,
    **options: Any,
) -> list[LatentSample]:
    """The samples of the seeds, refined where `refine` asks for it."""
    painting, course = Painting(preset, options=options, remove=remove), course or Course()
    plan = next(painter.plans(painting, batch, batch, PLENTY))
    samples = finished(painter.paint(plan, painting, canvas, prompt, seeds, course), on_preview)
    if not options.get("refine"):
        return samples
    return [finished(painter.refine(plan, painting, canvas, prompt, one, course), on_preview) for one in samples]


def refined(
    painter: Painter[Any, LatentSample],
    /,
    canvas: Canvas,
    sample: LatentSample,
    prompt: str = "an orange",
    preset: str = "standard",
    **options: Any,
) -> LatentSample:
    """The sample, refined."""
    painting = Painting(preset, options=options)
    plan = next(painter.plans(painting, 1, 1, PLENTY))
    return finished(painter.refine(plan, painting, canvas, prompt, sample, Course()))
