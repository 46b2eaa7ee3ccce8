"""The engine in this process: answers the two requests as the running engine's link does, without a socket."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

from text_replace_wire.errors import Cancelled
from text_replace_wire.api import never
from text_replace_wire.messages import Edit, Edited, Find, Found, Progress

if TYPE_CHECKING:
    from text_replace_wire.api import IsCancelled, IsKept, OnProgress
    from text_replace_engine.pipeline import Pipeline

Result = TypeVar("Result")


class LocalEngine:
    """Drives one pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        """Raises Cancelled within one step of `cancelled()` being true, and whatever the pipeline raises."""
        return _drive(self._pipeline.find(request), on_progress, cancelled)

    def edit(self, request: Edit, on_progress: OnProgress, cancelled: IsCancelled, kept: IsKept = never) -> Edited:
        """Ends early, with the best so far, within one step of `kept()` being true. Raises Cancelled within one step
        of `cancelled()` being true, and whatever the pipeline raises.
        """
        return _drive(self._pipeline.edit(request), on_progress, cancelled, kept)


def _drive(
    work: Generator[Progress, Any, Result],
    on_progress: OnProgress,
    cancelled: IsCancelled,
    kept: IsKept = never,
) -> Result:
    keep = None
    try:
        while not cancelled():
            on_progress(work.send(keep))
            keep = kept()
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        work.close()
    raise Cancelled("Cancelled: nothing was changed.")
