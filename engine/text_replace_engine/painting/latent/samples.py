"""Every sample of every part."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from torch import Tensor

from text_replace_engine.painting.areas import Part
from text_replace_engine.painting.batches import in_batches
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.paint import PaintedPart, PaintTask, PartTurn, paint
from text_replace_engine.painting.painter import Preview, Sample
from text_replace_engine.steps import relayed, side_by_side


@dataclass(frozen=True)
class LatentSample(Sample):
    """parts, images: what was painted, (1, 3, h, w) in [0, 1] of each; steps: taken for each."""

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
    course.total = task.settings.executed * len(parts) * len(seeds)

    def painted_together(together: Sequence[int]) -> Generator[Preview, None, list[LatentSample]]:
        def told(number_and_turn: tuple[int, PartTurn]) -> Preview:
            number, turn = number_and_turn
            if turn.ended:
                course.step(len(together))
            return Preview(turn.index, turn.picture, parts[number].area)

        runs = [paint(task, part, together, course) for part in parts]
        painted = yield from relayed(side_by_side(runs, course.look), told)
        return [_sample(parts, painted, number, seed) for number, seed in enumerate(together)]

    return in_batches(seeds, batch, course, painted_together)


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
