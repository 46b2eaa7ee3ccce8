"""The lock that makes an engine the only one of its user. The system frees it however the process ends."""

from __future__ import annotations

import sys
from typing import IO

from text_replace_wire import paths
from text_replace_wire.errors import EngineUnavailable

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def acquire() -> IO[bytes]:
    """The lock, held until it is closed. Raises EngineUnavailable where another engine holds it, and OSError."""
    file = paths.lock_file()
    paths.make_private(file.parent)
    stream = file.open("ab")
    try:
        _lock(stream)
    except OSError as error:
        stream.close()
        raise EngineUnavailable(
            "An engine is already running: “text-replace status” shows it, “text-replace stop” ends it."
        ) from error
    return stream
