"""Runs the sampler to its end."""

from __future__ import annotations

from collections.abc import Generator

from torch import Tensor

from text_replace_engine.painting.guided.sampling.sampler import Step


def drain(steps: Generator[Step, None, Tensor]) -> tuple[Tensor, list[Step]]:
    """x_0 and every step."""
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return end.value, seen
