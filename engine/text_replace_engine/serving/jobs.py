"""One worker owns the pipeline and does the requests of all clients in order; a job is one of them."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from text_replace_engine.local import LocalEngine
from text_replace_wire import paths
from text_replace_wire.errors import Cancelled, EngineLost, InternalError, OutOfMemory, TextReplaceError
from text_replace_wire.messages import Edit, Edited, Failed, Find, Found, ModelChoice, Progress, Stage
from text_replace_wire.model_messages import ModelList, Pull

if TYPE_CHECKING:
    from text_replace_engine.pipeline import Pipeline

log = logging.getLogger(__name__)

LOG_NAME = "engine.log"
#: A client that reads slowly misses the oldest news.
_MOST_NEWS = 32

Answer = Found | Edited | ModelList | Failed
PipelineFactory = Callable[[], "Pipeline"]


class Job:
    """One request, shared by the client's thread and the worker's. `notify` is called when there is news."""

    def __init__(self, request: Find | Edit | Pull, notify: Callable[[], None]) -> None:
        self.request = request
        self._notify = notify
        self._lock = threading.Lock()
        self._news: deque[Progress] = deque(maxlen=_MOST_NEWS)
        self._latest = Progress(Stage.LOADING, 0, 1)
        self._answer: Answer | None = None
        self._cancelled = threading.Event()
        self._kept = threading.Event()

    def report(self, progress: Progress) -> None:
        with self._lock:
            self._news.append(progress)
            self._latest = dataclasses.replace(progress, preview=None)
        self._notify()

    def finish(self, answer: Answer) -> None:
        """Only the first answer counts."""
        with self._lock:
            self._answer = self._answer or answer
        self._notify()

    def cancel(self) -> None:
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def keep(self) -> None:
        """An edit ends early with the best so far; a search takes no notice."""
        self._kept.set()

    def is_kept(self) -> bool:
        return self._kept.is_set()

    def latest(self) -> Progress:
        """The newest progress, without its picture."""
        with self._lock:
            return self._latest

    def take(self) -> tuple[list[Progress], Answer | None]:
        """What happened since the last call, and the answer when there is one."""
        with self._lock:
            news = list(self._news)
            self._news.clear()
            return news, self._answer


class Worker:
    """Does jobs one after another, in one thread that alone touches the pipeline and loads the models beforehand."""

    def __init__(self, build: PipelineFactory) -> None:
        """build: makes the pipeline; called in the worker's thread, because it takes seconds."""
        self._build = build
        self._pipeline: Pipeline | None = None
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._current: Job | None = None
        self._preloading = False
        self._stopping = False
        self._idle_since = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, job: Job) -> None:
        with self._changed:
            if self._stopping:
                job.finish(_stopped())
                return
            self._waiting.append(job)
            self._changed.notify()

    def cancel(self, job: Job) -> None:
        """The job ends with Failed("cancelled"): at once where it still waits, else after the running step."""
        job.cancel()
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
                job.finish(_cancelled())

    def stop(self) -> None:
        """End every job now, and the thread after its running step."""
        with self._changed:
            self._stopping = True
            jobs = [*self._waiting, *([self._current] if self._current else [])]
            self._waiting.clear()
            self._changed.notify()
        for job in jobs:
            job.finish(_stopped())
            job.cancel()

    def progress_of(self, job: Job) -> Progress:
        """Where `job` is, for a sign of life: its newest progress, or its place in the queue."""
        with self._changed:
            ahead = self._waiting.index(job) if job in self._waiting else None
            if ahead is None or (ahead == 0 and self._current is None):
                return job.latest()
            running = 1 if self._current else 0
            return Progress(Stage.QUEUED, ahead + running, len(self._waiting) + running)

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
            working = self._current is not None or self._waiting or self._preloading
            return 0.0 if working else time.monotonic() - self._idle_since

    @property
    def models(self) -> tuple[str, ...]:
        return self._pipeline.loaded if self._pipeline else ()

    @property
    def device(self) -> str:
        return self._pipeline.device_name if self._pipeline else ""

    def _run(self) -> None:
        self._preload()
        while (job := self._next()) is not None:
            started = time.monotonic()
            answer = self._answer(job)
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

    def _preload(self) -> None:
        """Load what most requests ask for, unless one is there already. A failure is told to those who ask."""
        with self._changed:
            if self._waiting or self._stopping:
                return
            self._preloading = True
        try:
            self._ready().warm(ModelChoice.AUTO)
        except TextReplaceError as error:
            log.warning("The models could not be loaded: %s", error)
        except Exception:
            log.exception("The models could not be loaded")
        with self._changed:
            self._preloading = False
            self._idle_since = time.monotonic()

    def _ready(self) -> Pipeline:
        if self._pipeline is None:
            self._pipeline = self._build()
        return self._pipeline

    def _answer(self, job: Job) -> Answer:
        try:
            engine = LocalEngine(self._ready())
            if isinstance(job.request, Find):
                return engine.find(job.request, job.report, job.is_cancelled)
            assert isinstance(job.request, Edit)
            return engine.edit(job.request, job.report, job.is_cancelled, job.is_kept)
        except TextReplaceError as error:
            return Failed(error.kind, str(error))
        except MemoryError:
            return out_of_memory()
        except Exception:
            log.exception("A mistake in the pipeline")
            return mistake()


def mistake() -> Failed:
    """What a client hears of a bug; the traceback is in the log."""
    file = paths.log_dir() / LOG_NAME
    return Failed(InternalError.kind, f"The engine made a mistake: please report it with the log “{file}”.")


def out_of_memory() -> Failed:
    return Failed(
        OutOfMemory.kind,
        "There is not enough memory for this picture: work on a smaller part of it, or close other programs.",
    )


def _cancelled() -> Failed:
    return Failed(Cancelled.kind, "Cancelled: nothing was changed.")


def _stopped() -> Failed:
    return Failed(EngineLost.kind, "The engine was stopped during the work: try again.")
