"""Every sample of every part; and the refinement of a chosen one's large parts."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from statistics import mean

from torch import Tensor

from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.batches import in_batches
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.guided.paint import PaintedPart, PaintTask, PartStep, paint, refine
from text_replace_engine.painting.guided.sampling.guidance import Losses
from text_replace_engine.painting.painter import Preview, Sample
from text_replace_engine.steps import relayed, side_by_side


@dataclass(frozen=True)
class Piece:
    """One part, and what it shares with the other parts of the same object."""

    task: PaintTask
    part: Part


@dataclass(frozen=True)
class GuidedSample(Sample):
    """pieces, images: what was painted, x_0 (1, 3, h, w) in [0, 1] of each; losses: of the steps, part after part;
    background_error: mean squared difference of x_0 from the picture outside the region, before pasting; shown: where
    the known shape is in each piece, as `PaintedPart.shown` (1, 1, H, W).

    Views and difference are from before a part was refined, so that samples can be compared.
    """

    pieces: tuple[Piece, ...]
    images: tuple[Tensor, ...]
    losses: tuple[Losses, ...]
    background_error: float
    shown: tuple[Tensor | None, ...]


def paint_samples(
    pieces: Sequence[Piece], seeds: Sequence[int], batch: int, course: Course
) -> Generator[Preview, None, list[GuidedSample]]:
    """A sample for each seed, `batch` of them at once. The pieces' tasks have the same settings.

    Once it is enough it ends as soon as every part of the running samples has taken equally many steps: their x̂0 is
    those samples' result, and no further one is begun.
    """
    settings, parts = pieces[0].task.settings, [piece.part for piece in pieces]
    results = max(1, len(seeds) // settings.samples)
    refinement = settings.refinement.steps * sum(part.refined_shape is not None for part in parts) * results

    def painted_together(together: Sequence[int]) -> Generator[Preview, None, list[GuidedSample]]:
        def told(number_and_step: tuple[int, PartStep]) -> Preview:
            number, step = number_and_step
            course.total = step.total * len(parts) * len(seeds) + refinement
            course.step(len(together))
            return _preview(step, parts[number])

        runs = [paint(piece.task, piece.part, together, course) for piece in pieces]
        painted = yield from relayed(side_by_side(runs, course.look), told)
        return [_sample(pieces, painted, number, seed) for number, seed in enumerate(together)]

    return in_batches(seeds, batch, course, painted_together)


def refine_sample(sample: GuidedSample, course: Course) -> Generator[Preview, None, GuidedSample]:
    """The sample with its parts of a refined shape painted a second time; ends at once when it is enough."""
    images, losses = list(sample.images), list(sample.losses)
    for number, piece in enumerate(sample.pieces):
        part = piece.part
        if part.refined_shape is None:
            continue
        if course.enough:
            course.cut_short()
            break

        def told(step: PartStep, part: Part = part) -> Preview:
            course.step()
            return _preview(step, part)

        run = refine(piece.task, part, part.refined_shape, images[number], sample.seed, course)
        refined = yield from relayed(run, told, after=course.look)
        images[number] = refined.images
        losses += [step[0] for step in refined.losses]
    return dataclasses.replace(sample, images=tuple(images), losses=tuple(losses))


def _preview(step: PartStep, part: Part) -> Preview:
    return Preview(step.index, step.picture[:1], part.area)


def _sample(pieces: Sequence[Piece], painted: Sequence[PaintedPart], number: int, seed: int) -> GuidedSample:
    """Sample `number` of a batch."""
    one = slice(number, number + 1)
    return GuidedSample(
        seed=seed,
        views=tuple(part.views[one] for part in painted),
        texts=tuple(piece.task.text for piece in pieces),
        pieces=tuple(pieces),
        images=tuple(part.images[one] for part in painted),
        losses=tuple(step[number] for part in painted for step in part.losses),
        background_error=mean(part.background_errors[number] for part in painted),
        shown=tuple(None if part.shown is None else part.shown[one] for part in painted),
    )
