"""Samples of many seeds, some of them at once, as far as they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from text_replace_engine.painting.course import Course
from text_replace_engine.painting.painter import AnySample, Preview


def in_batches(
    seeds: Sequence[int],
    batch: int,
    course: Course,
    paint: Callable[[Sequence[int]], Generator[Preview, None, list[AnySample]]],
) -> Generator[Preview, None, list[AnySample]]:
    """A sample for each seed, in their order, `batch` of them painted at once; once it is enough no further ones are
    begun.
    """
    samples: list[AnySample] = []
    while len(samples) < len(seeds) and not course.enough:
        samples += yield from paint(seeds[len(samples) : len(samples) + batch])
    if len(samples) < len(seeds):
        course.cut_short()
    return samples
