"""The lock that makes an engine the only one of its user: taken by the engine, looked at by who wants to know of one.
The system frees it however the process ends.
"""

from __future__ import annotations

import sys
import time
from typing import IO

from text_replace_wire import paths
from text_replace_wire.errors import EngineUnavailable

_POLL = 0.01
#: Seconds for which others may look at the lock and so keep an engine from taking it.
_PATIENCE = 10.0

if sys.platform == "win32":
    import msvcrt

    #: A lock has no shared form here, so that who looks cannot be told from who holds. Looking takes no time: who holds
    #: it for so many seconds is an engine.
    _LOOKS = 0.5

    def _take(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _is_taken(file: IO[bytes]) -> bool:
        deadline = time.monotonic() + _LOOKS
        while time.monotonic() < deadline:
            try:
                _take(file)
            except OSError:
                time.sleep(_POLL)
                continue
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
            return False
        return True
else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _is_taken(file: IO[bytes]) -> bool:
        # Shared, as everybody looks: it fails only where an engine has it, and others can look at the same time.
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False


def acquire() -> IO[bytes]:
    """The lock, held until it is closed. Raises EngineUnavailable where another engine holds it, and OSError."""
    file = paths.lock_file()
    paths.make_private(file.parent)
    stream = file.open("ab")
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            _take(stream)
        except OSError as error:
            # Somebody who looks has it for a moment; only an engine keeps it.
            if not _is_taken(stream) and time.monotonic() < deadline:
                time.sleep(_POLL)
                continue
            stream.close()
            raise EngineUnavailable(
                "An engine is already running: “text-replace status” shows it, “text-replace stop” ends it."
            ) from error
        return stream


def is_held() -> bool:
    """Whether an engine runs, or is starting. Keeps none from starting."""
    try:
        with paths.lock_file().open("rb" if sys.platform != "win32" else "r+b") as stream:
            return _is_taken(stream)
    # Where there is no lock, nobody holds it.
    except OSError:
        return False
