"""A job: one request of a client, shared by the thread that serves the client and the one that does the work."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections import deque
from collections.abc import Callable

from text_replace_engine import memory_limits
from text_replace_wire import paths
from text_replace_wire.errors import EngineLost, InternalError, OutOfMemory, TextReplaceError
from text_replace_wire.messages import Edit, EditDone, Failed, Find, Found, Progress, Stage, Variation
from text_replace_wire.model_messages import ModelList, Pull, Warm, Warmed

log = logging.getLogger(__name__)

ENGINE_LOG = "engine.log"
#: A client that reads slowly misses the oldest news.
_MOST_NEWS = 32

Request = Find | Edit | Warm | Pull
News = Progress | Variation
Answer = Found | EditDone | Warmed | ModelList | Failed


class Job:
    """One request, shared by the client's thread and the worker's. `notify` is called when there is news."""

    def __init__(self, request: Request, notify: Callable[[], None]) -> None:
        self.request = request
        self._notify = notify
        self._lock = threading.Lock()
        self._news: deque[Progress] = deque(maxlen=_MOST_NEWS)
        self._variations: list[Variation] = []
        self._latest = Progress(Stage.LOADING, 0, 1)
        self._answer: Answer | None = None
        self._cancelled = threading.Event()
        self._kept = threading.Event()

    def report(self, progress: Progress) -> None:
        with self._lock:
            self._news.append(progress)
            self._latest = dataclasses.replace(progress, preview=None)
        self._notify()

    def deliver(self, variation: Variation) -> None:
        """A part of the answer, of which none is lost."""
        with self._lock:
            self._variations.append(variation)
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

    def take(self) -> tuple[list[News], Answer | None]:
        """What happened since the last call, and the answer when there is one."""
        with self._lock:
            news: list[News] = [*self._news, *self._variations]
            self._news.clear()
            self._variations.clear()
            return news, self._answer


def answered(work: Callable[[], Answer]) -> Answer:
    """What `work` gives, or what a client hears of its error; never raises."""
    try:
        return work()
    except TextReplaceError as error:
        return failed(error)
    except Exception as error:
        if memory_limits.is_shortage(error):
            return out_of_memory()
        log.exception("A mistake in the engine")
        return mistake()


def mistake() -> Failed:
    """What a client hears of a bug; the traceback is in the log."""
    file = paths.log_dir() / ENGINE_LOG
    return Failed(InternalError.kind, f"The engine made a mistake: please report it with the log “{file}”.")


def out_of_memory() -> Failed:
    return failed(OutOfMemory())


def failed(error: TextReplaceError) -> Failed:
    """The answer that an error is."""
    return Failed(error.kind, str(error))


def stopped() -> Failed:
    """What the clients of a stopped engine hear."""
    return Failed(EngineLost.kind, "The engine was stopped during the work: try again.")
