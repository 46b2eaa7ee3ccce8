"""One worker owns the engine and does the requests of all clients in order."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from text_replace_engine import unusable
from text_replace_engine.local import ResidentEngine
from text_replace_engine.serving.jobs import Answer, Job, answered, failed, stopped
from text_replace_wire.errors import Cancelled, TextReplaceError
from text_replace_wire.messages import Edit, EditDone, Failed, Find, Progress, Stage
from text_replace_wire.model_messages import Warm, Warmed

log = logging.getLogger(__name__)

#: Seconds for clients that have just come to hear why there is no engine.
_LAST_WORDS = 2.0

EngineBuilder = Callable[[], ResidentEngine]


class Worker:
    """Does jobs one after another, in one thread that alone touches the engine and loads the models beforehand."""

    def __init__(self, build: EngineBuilder, on_failure: Callable[[], None]) -> None:
        """build: makes the engine; called in the worker's thread, because it takes seconds. on_failure: told, in that
        thread, where it cannot be made, once those who ask have had time to hear of `failure`.
        """
        self._build = build
        self._on_failure = on_failure
        self._failure: TextReplaceError | None = None
        self._engine: ResidentEngine | None = None
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._current: Job | None = None
        self._loading = True
        self._stopping = False
        self._idle_since = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, job: Job) -> None:
        with self._changed:
            if self._failure is not None:
                job.finish(failed(self._failure))
                return
            if self._stopping:
                job.finish(stopped())
                return
            self._waiting.append(job)
            self._changed.notify()

    def cancel(self, job: Job) -> None:
        """The job ends with Failed("cancelled"): at once where it still waits, else after the running step."""
        job.cancel()
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
                job.finish(failed(Cancelled()))

    def stop(self) -> None:
        """End every job now, and the thread after its running step."""
        with self._changed:
            self._stopping = True
            jobs = [*self._waiting, *([self._current] if self._current else [])]
            self._waiting.clear()
            self._changed.notify()
        for job in jobs:
            job.finish(stopped())
            job.cancel()

    def progress_of(self, job: Job) -> Progress:
        """Where `job` is, for a sign of life: its newest progress, or its place in the queue."""
        with self._changed:
            ahead = self._waiting.index(job) if job in self._waiting else None
            if ahead is None or (ahead == 0 and self._current is None):
                return job.latest()
            running = 1 if self._current else 0
            return Progress(Stage.QUEUED, ahead + running, len(self._waiting) + running)

    def progress_behind(self, ahead: int, waiting: int) -> Progress:
        """Of a request that is not yet in the queue, but for which `ahead` others of the `waiting` wait as well."""
        with self._changed:
            inside = len(self._waiting) + (1 if self._current else 0)
        return Progress(Stage.QUEUED, inside + ahead - 1, inside + waiting)

    @property
    def failure(self) -> TextReplaceError | None:
        """Why there can be no engine, once that is known."""
        return self._failure

    @property
    def is_busy(self) -> bool:
        with self._changed:
            return self._current is not None or bool(self._waiting)

    @property
    def queued(self) -> int:
        with self._changed:
            return len(self._waiting)

    @property
    def idle_seconds(self) -> float:
        """Since the last request ended; 0 while there is work."""
        with self._changed:
            working = self._current is not None or self._waiting or self._loading
            return 0.0 if working else time.monotonic() - self._idle_since

    @property
    def models(self) -> tuple[str, ...]:
        return self._engine.loaded if self._engine else ()

    @property
    def device(self) -> str:
        return self._engine.device_name if self._engine else ""

    def _run(self) -> None:
        try:
            engine = self._engine = self._build()
            self._preload(engine)
        except Exception as error:
            self._give_up(error)
            return
        while (job := self._next()) is not None:
            started = time.monotonic()
            answer = answered(partial(_answer, engine, job))
            outcome = answer.kind if isinstance(answer, Failed) else "done"
            log.info("%s: %s after %.1f s", type(job.request).__name__, outcome, time.monotonic() - started)
            with self._changed:
                self._current = None
                self._idle_since = time.monotonic()
            job.finish(answer)

    def _next(self) -> Job | None:
        with self._changed:
            while not self._waiting and not self._stopping:
                self._changed.wait()
            if self._stopping:
                return None
            self._current = self._waiting.popleft()
            return self._current

    def _preload(self, engine: ResidentEngine) -> None:
        """Load what most requests ask for, unless one is there already. A failure is told to those who ask; raises
        ImportError, because that one is everybody's.
        """
        with self._changed:
            if self._waiting or self._stopping:
                self._loading = False
                return
        try:
            engine.warm()
        except TextReplaceError as error:
            log.warning("The models could not be loaded: %s", error)
        except ImportError:
            raise
        except Exception:
            log.exception("The models could not be loaded")
        with self._changed:
            self._loading = False
            self._idle_since = time.monotonic()

    def _give_up(self, error: Exception) -> None:
        """Tell everybody who asks that there is no engine, and why; then whoever runs this one."""
        log.error("There can be no engine", exc_info=error)
        with self._changed:
            self._failure = unusable.reason(error)
            jobs = [*self._waiting]
            self._waiting.clear()
        for job in jobs:
            job.finish(failed(self._failure))
        time.sleep(_LAST_WORDS)
        self._on_failure()


def _answer(engine: ResidentEngine, job: Job) -> Answer:
    request = job.request
    if isinstance(request, Find):
        return engine.find(request, job.report, job.is_cancelled)
    if isinstance(request, Warm):
        engine.warm(request.models)
        return Warmed()
    assert isinstance(request, Edit)
    edited = engine.edit(request, job.report, job.is_cancelled, job.is_kept, job.deliver)
    return EditDone(edited.region, edited.object_mask)
