"""Every sample of every part; and the refinement of a chosen one's large parts."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from torch import Tensor

from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.batches import in_batches
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.paint import PaintedPart, PaintTask, PartTurn, paint, refine
from text_replace_engine.painting.painter import Preview, Sample
from text_replace_engine.steps import relayed, side_by_side


@dataclass(frozen=True)
class LatentSample(Sample):
    """parts, images: what was painted, (1, 3, h, w) in [0, 1] of each; steps: taken for each, and for refinements.

    Views are from before a part was refined, so that samples can be compared.
    """

    parts: tuple[Part, ...]
    images: tuple[Tensor, ...]
    steps: int


def paint_samples(
    task: PaintTask, parts: Sequence[Part], seeds: Sequence[int], batch: int, course: Course
) -> Generator[Preview, None, list[LatentSample]]:
    """A sample for each seed, `batch` of them at once.

    Once it is enough it ends as soon as every part of the running samples has taken equally many steps: their x̂0 is
    those samples' result, and no further one is begun.
    """
    results = max(1, len(seeds) // task.settings.samples)
    refinement = task.settings.refinement.executed * sum(part.refined_shape is not None for part in parts) * results
    course.total = task.settings.executed * len(parts) * len(seeds) + refinement

    def painted_together(together: Sequence[int]) -> Generator[Preview, None, list[LatentSample]]:
        def told(number_and_turn: tuple[int, PartTurn]) -> Preview:
            number, turn = number_and_turn
            return _preview(turn, parts[number], course, len(together))

        runs = [paint(task, part, together, course) for part in parts]
        painted = yield from relayed(side_by_side(runs, course.look), told)
        return [_sample(parts, painted, number, seed) for number, seed in enumerate(together)]

    return in_batches(seeds, batch, course, painted_together)


def refine_sample(task: PaintTask, sample: LatentSample, course: Course) -> Generator[Preview, None, LatentSample]:
    """The sample with its parts of a refined shape painted a second time; ends at once when it is enough."""
    images, taken = list(sample.images), sample.steps
    for number, part in enumerate(sample.parts):
        if part.refined_shape is None:
            continue
        if course.look():
            course.cut_short()
            break

        def told(turn: PartTurn, part: Part = part) -> Preview:
            return _preview(turn, part, course, 1)

        run = refine(task, part, part.refined_shape, images[number], sample.seed, course)
        refined = yield from relayed(run, told, after=course.look)
        images[number] = refined.images
        taken += refined.steps
    return dataclasses.replace(sample, images=tuple(images), steps=taken)


def _preview(turn: PartTurn, part: Part, course: Course, samples: int) -> Preview:
    if turn.ended:
        course.step(samples)
    return Preview(turn.index, turn.picture[:1], part.area)


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
