"""The background engine from outside: run it, start it, stop it, ask it."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psutil

from text_replace_engine import allocator, memory_limits, signals
from text_replace_wire import endpoint, launch, paths
from text_replace_wire.errors import EngineError, EngineUnavailable, WrongSecret, WrongVersion
from text_replace_wire.link import Link
from text_replace_wire.status_messages import Status

if TYPE_CHECKING:
    from text_replace_engine.serving.worker import EngineBuilder

_POLL = 0.05
_LOG_BYTES = 2**20
_OLD_LOGS = 3


def serve(idle_minutes: float, build: EngineBuilder) -> NoReturn:
    """Make this process the engine until it is stopped, interrupted or idle for `idle_minutes`; then it exits with 0.

    build: makes what answers the requests, once clients can connect, because it takes seconds.

    Raises EngineUnavailable where one runs already, EngineError where the state folder cannot be used or what `build`
    needs cannot be imported, and OutOfMemory where the limits on memory leave no room for an engine.
    """
    from text_replace_engine.serving.server import Server

    memory_limits.check(memory_limits.SERVICE)
    allocator.share_heap()
    try:
        _log_to_file()
        server = Server(build, 60 * idle_minutes)
        with signals.heard(lambda number, frame: server.stop(), server.wakes):
            server.run()
    except OSError as error:
        raise EngineError(
            f"The engine cannot use its folder “{paths.home()}” ({error.strerror}): {paths.remedy(error)}."
        ) from error
    logging.shutdown()
    # Python's own way out takes seconds once torch is loaded, and cannot end the worker inside a native library.
    os._exit(0)


def start(wait: float = 60) -> Status:
    """Start the engine in the background, unless it runs; wait until it answers. Raises EngineError and OutOfMemory."""
    with link(wait) as opened:
        return opened.status()


def link(wait: float) -> Link:
    """A link to the running engine, else to one that is started in the background and given `wait` seconds. Raises
    EngineError, OutOfMemory and WrongVersion.
    """
    return launch.answering() or launch.start([sys.executable, "-m", "text_replace_engine", "serve"], wait)


def stop(wait: float = 10) -> bool:
    """Stop the engine, also one of another version, and wait for its end; where it is on another machine, the tunnel to
    it. False: none was running. Raises EngineError where it does not end.
    """
    try:
        with Link.connect() as opened:
            pid = opened.endpoint.pid
            if opened.status().pid == pid:
                opened.stop()
            else:
                _terminate(pid)
    except (EngineUnavailable, WrongSecret):
        return False
    except (EngineError, WrongVersion):
        # Only who has published this secret says so: an engine that is full, hangs or speaks another protocol, or a
        # tunnel that leads nowhere.
        pid = endpoint.read().pid
        _terminate(pid)
    deadline = time.monotonic() + wait
    while not _has_ended(pid):
        if time.monotonic() > deadline:
            raise EngineError(f"The engine (process {pid}) has not stopped after {wait:.0f} seconds: end that process.")
        time.sleep(_POLL)
    return True


def status() -> Status | None:
    """What the engine is doing, and in its name where it is, if elsewhere; None where none is running."""
    try:
        with Link.connect() as opened:
            return replace(opened.status(), engine=opened.endpoint.engine)
    # A stale file may name a port that another user's engine has now.
    except (EngineUnavailable, WrongSecret):
        return None


def _terminate(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).terminate()


def _has_ended(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


class _PrivateRotation(logging.handlers.RotatingFileHandler):
    """A rotating log of which every new file is private too."""

    def _open(self) -> TextIOWrapper:
        paths.private_log(Path(self.baseFilename).name)
        return super()._open()


def _log_to_file() -> None:
    """Send this package's log, and only that, to a file of limited size."""
    from text_replace_engine.serving.jobs import ENGINE_LOG

    file = paths.private_log(ENGINE_LOG)
    handler = _PrivateRotation(
        file, maxBytes=_LOG_BYTES, backupCount=_OLD_LOGS, encoding="utf-8", delay=True, errors="backslashreplace"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    # The command line switches libraries' chatter off for everybody.
    logging.disable(logging.NOTSET)
    ours = logging.getLogger("text_replace_engine")
    ours.setLevel(logging.INFO)
    ours.propagate = False
    ours.addHandler(handler)
