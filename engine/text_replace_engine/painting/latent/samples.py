"""Every sample of every part."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.batches import in_batches
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.crops import view_of
from text_replace_engine.painting.latent.paint import PaintedPart, PaintTask, PartStep, paint
from text_replace_engine.painting.painter import Canvas, Preview, Sample
from text_replace_engine.painting.upscale import upscale
from text_replace_engine.steps import relayed, side_by_side
from text_replace_engine.tensors import in_grey, place


@dataclass(frozen=True)
class CroppedSample(Sample):
    """parts, images: what was painted, (1, 3, h, w) in [0, 1] of each."""

    parts: tuple[Part, ...]
    images: tuple[Tensor, ...]


@dataclass(frozen=True)
class LatentSample(CroppedSample):
    """steps: taken for each part, and for refinements. refined: the numbers of those parts that were painted a second
    time; views are from before, so that samples can be compared.
    """

    steps: int
    refined: tuple[int, ...] = ()

    @property
    def refined_sizes(self) -> list[list[int]]:
        """[width, height] at which each of those parts was painted."""
        return [[wide, high] for high, wide in (self.parts[number].shape for number in self.refined)]


def paint_samples(
    task: PaintTask, parts: Sequence[Part], seeds: Sequence[int], batch: int, course: Course, to_come: int = 0
) -> Generator[Preview, None, list[LatentSample]]:
    """A sample for each seed, `batch` of them at once. to_come: steps of the refinements after that.

    Once it is enough it ends as soon as every part of the running samples has taken equally many steps: their x̂0 is
    those samples' result, and no further one is begun.
    """
    course.total = task.method.steps * len(parts) * len(seeds) + to_come

    def painted_together(together: Sequence[int]) -> Generator[Preview, None, list[LatentSample]]:
        def told(number_and_step: tuple[int, PartStep]) -> Preview:
            number, step = number_and_step
            return _preview(step, parts[number], course, len(together))

        # The first step may take a minute.
        yield Preview(0, view_of(task.image, parts[0], task.method.autoencoder.multiple).original, parts[0].area)
        runs = [paint(task, part, together, course) for part in parts]
        painted = yield from relayed(side_by_side(runs, course.look), told)
        return [_sample(parts, painted, number, seed) for number, seed in enumerate(together)]

    return in_batches(seeds, batch, course, painted_together)


def refine_sample(
    task: PaintTask, sample: LatentSample, finer: Mapping[int, Part], course: Course
) -> Generator[Preview, None, LatentSample]:
    """The sample with some parts painted a second time; ends at once when it is enough.

    task: of a picture that shows the sample; finer: what to paint instead of them, by the parts' numbers.
    """
    parts, images, taken = list(sample.parts), list(sample.images), sample.steps
    refined: list[int] = []
    for number, part in finer.items():
        if course.look():
            course.cut_short()
            break

        def told(step: PartStep, part: Part = part) -> Preview:
            return _preview(step, part, course, 1)

        painted = yield from relayed(paint(task, part, [sample.seed], course), told, after=course.look)
        parts[number], images[number] = part, painted.images
        taken += painted.steps
        refined.append(number)
    return dataclasses.replace(sample, parts=tuple(parts), images=tuple(images), steps=taken, refined=tuple(refined))


def render(canvas: Canvas, sample: CroppedSample) -> Tensor:
    """See `painter.Painter`."""
    pixels = canvas.image
    for part, image in zip(sample.parts, sample.images, strict=True):
        native = upscale(image, (part.area.height, part.area.width), None)
        pixels = place(pixels, native, part.area, part.region)
    return in_grey(pixels) if canvas.grey else pixels


def _preview(step: PartStep, part: Part, course: Course, samples: int) -> Preview:
    course.step(samples)
    return Preview(step.index, step.picture, part.area)


def _sample(parts: Sequence[Part], painted: Sequence[PaintedPart], number: int, seed: int) -> LatentSample:
    """Sample `number` of a batch."""
    one = slice(number, number + 1)
    return LatentSample(
        seed=seed,
        views=tuple(part.views[one] for part in painted),
        parts=tuple(parts),
        images=tuple(part.images[one] for part in painted),
        steps=painted[0].steps,
    )
