"""What a report says of how an answer came about: the time that each stage took, and the versions that were used."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

from text_replace_wire.messages import Stage

Result = TypeVar("Result")

_OWN = "text-replace"
_VERSIONED = (_OWN, "torch", "torchvision", "transformers", "diffusers", "open_clip_torch", "lpips", "numpy")


class Clock:
    """Seconds spent in each stage, adding up where one comes back."""

    def __init__(self) -> None:
        self._seconds: dict[Stage, float] = {}

    def rounded(self) -> dict[str, float]:
        """By the stage's name, in the order in which they began."""
        return {stage.value: round(seconds, 3) for stage, seconds in self._seconds.items()}

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Count the block."""
        started = time.perf_counter()
        yield
        self._add(stage, started)

    def staged(self, work: Generator[Stage, None, Result]) -> Generator[Stage, None, Result]:
        """Count work that says itself which stage begins."""
        stage, started = Stage.LOADING, time.perf_counter()
        try:
            while True:
                following = next(work)
                self._add(stage, started)
                yield following
                stage, started = following, time.perf_counter()
        except StopIteration as end:
            self._add(stage, started)
            result: Result = end.value
            return result
        finally:
            work.close()

    def _add(self, stage: Stage, started: float) -> None:
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - started


@cache
def versions() -> Mapping[str, str]:
    """Versions of everything that can change a picture; a package that is not installed is left out."""
    found = {}
    for package in _VERSIONED:
        with suppress(PackageNotFoundError):
            # The report's key for our own package is older than that package's name.
            found[package] = version("gimp-text-replace" if package == _OWN else package)
    return found
