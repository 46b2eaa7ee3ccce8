"""Fetches models for clients, beside the worker's requests: one pull at a time, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time

from text_replace_engine.models.fetching.answers import CANCELLED
from text_replace_engine.models.fetching.disk import free_space
from text_replace_engine.serving.jobs import Job, answered, failed
from text_replace_engine.sets import registry
from text_replace_wire.errors import Cancelled, ModelError
from text_replace_wire.messages import Failed, Progress, Stage
from text_replace_wire.model_messages import ModelEntry, ModelList, Pull

log = logging.getLogger(__name__)


class Pulls:
    """At most one pull at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Job | None = None
        self._ended = float("-inf")

    def submit(self, job: Job) -> None:
        """Start the pull that `job` asks for; it fails at once where one is running."""
        with self._lock:
            refused = self._running is not None
            if not refused:
                self._running = job
        if refused:
            job.finish(Failed(ModelError.kind, "Models are being fetched already: wait until that has ended."))
            return
        threading.Thread(target=self._run, args=(job,), name="pull", daemon=True).start()

    def cancel(self, job: Job) -> None:
        """The job ends with Failed("cancelled") at once; its thread when the network lets it."""
        job.cancel()
        job.finish(failed(Cancelled(CANCELLED)))

    def stop(self) -> None:
        """Cancel what is running."""
        with self._lock:
            job = self._running
        if job is not None:
            self.cancel(job)

    @property
    def idle_seconds(self) -> float:
        """Since the last pull ended; 0 while one is running."""
        with self._lock:
            return 0.0 if self._running is not None else time.monotonic() - self._ended

    def _run(self, job: Job) -> None:
        answer = answered(lambda: _answer(job))
        log.info("Pull: %s", answer.kind if isinstance(answer, Failed) else "done")
        with self._lock:
            self._running = None
            self._ended = time.monotonic()
        job.finish(answer)


def model_list(models: str) -> ModelList:
    """What there is of a set, what is installed of it, and what a pull without choices would fetch.

    Raises UserError for a set that is not fetched, ModelError and OSError.
    """
    fetched = registry.pullable(models).fetched
    entries = tuple(
        ModelEntry(
            role=offer.model.role,
            variant=offer.model.variant,
            title=offer.model.title,
            size=offer.model.size,
            licence=offer.model.licence,
            terms=offer.model.terms,
            chosen=offer.chosen,
            installed=offer.installed,
            verified=offer.verified,
        )
        for offer in fetched.offers()
    )
    to_fetch = sum(entry.size for entry in entries if entry.chosen and not entry.installed)
    place = fetched.folder()
    return ModelList(entries, fetched.is_complete(), to_fetch, free_space(place), str(place), fetched.id)


def _answer(job: Job) -> ModelList:
    request = job.request
    assert isinstance(request, Pull)

    def on_progress(stage: Stage, what: str, done: int, total: int) -> None:
        job.report(Progress(stage, done, total))

    fetched = registry.pullable(request.models).fetched
    fetched.pull(fetched.plan(dict(request.choices)), on_progress, job.is_cancelled)
    return model_list(request.models)
