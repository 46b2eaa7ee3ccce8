"""The engine in this process: `EngineApi` on top of the pipeline, without a socket."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Protocol, TypeVar

from text_replace_engine import allocator, memory_limits
from text_replace_engine.cancellation import cancelled_by
from text_replace_engine.models import libraries
from text_replace_engine.sets import registry
from text_replace_engine.steps import finished
from text_replace_wire.api import (
    Edited,
    EngineApi,
    IsCancelled,
    IsKept,
    OnProgress,
    OnVariation,
    ignore,
    never,
)
from text_replace_wire.errors import Cancelled
from text_replace_wire.messages import Edit, Find, Found, Progress, Variation
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.options import AUTO

if TYPE_CHECKING:
    from text_replace_engine.painting.painter import OnSample
    from text_replace_engine.pipeline import Pipeline

Item = TypeVar("Item")
Result = TypeVar("Result")


class ResidentEngine(EngineApi, Protocol):
    """An engine that holds models in this process's memory."""

    @property
    def loaded(self) -> tuple[str, ...]:
        """The ids of the model sets in memory."""

    @property
    def device_name(self) -> str:
        """What it computes on."""


class LocalEngine:
    """See `ResidentEngine`. Drives one pipeline; not thread-safe."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    @property
    def loaded(self) -> tuple[str, ...]:
        """See `ResidentEngine`."""
        return self._pipeline.loaded

    @property
    def device_name(self) -> str:
        """See `ResidentEngine`."""
        return self._pipeline.device_name

    def observe(self, on_sample: OnSample) -> None:
        """See `Pipeline.observe`."""
        self._pipeline.observe(on_sample)

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        """See `api.EngineApi`."""
        return _done(self._pipeline.find(request), on_progress, cancelled)

    def edit(
        self,
        request: Edit,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        kept: IsKept = never,
        on_variation: OnVariation = ignore,
    ) -> Edited:
        """See `api.EngineApi`."""
        variations: list[Variation] = []

        def told(news: Progress | Variation) -> None:
            if isinstance(news, Progress):
                on_progress(news)
            else:
                variations.append(news)
                on_variation(news)

        done = _done(self._pipeline.edit(request, kept), told, cancelled)
        return Edited(tuple(variations), done.region, done.object_mask)

    def warm(self, models: str = AUTO) -> None:
        """See `api.EngineApi`."""
        try:
            self._pipeline.warm(models)
        finally:
            allocator.trim()

    def model_sets(self) -> ModelSets:
        """See `api.EngineApi`."""
        return registry.described()


def in_process(device: str | None = None, dtype: str | None = None, threads: int | None = None) -> LocalEngine:
    """An engine on a pipeline of its own; see `Pipeline`. Takes seconds: it imports torch. Raises OutOfMemory where the
    limits on memory leave no room for one.
    """
    memory_limits.check()
    # A set of somebody else's may need what of the libraries ours do without.
    libraries.load(lean=not registry.has_others())
    from text_replace_engine.pipeline import Pipeline

    return LocalEngine(Pipeline(device, dtype, threads))


def _done(work: Generator[Item, None, Result], told: Callable[[Item], None], cancelled: IsCancelled) -> Result:
    """The result of `work`, or Cancelled before its next step, or the next layer of a network, once `cancelled()` is
    true. What `work` took of memory is given back: nobody may ask for more for a long time.
    """

    def look() -> None:
        if cancelled():
            raise Cancelled

    def on_step(item: Item) -> None:
        told(item)
        look()

    look()
    try:
        with cancelled_by(cancelled):
            return finished(work, on_step)
    finally:
        allocator.trim()
