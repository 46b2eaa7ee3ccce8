"""Finds the running engine, or starts it so that it outlives whoever started it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from text_replace_wire import lock, paths
from text_replace_wire.api import IsCancelled, never
from text_replace_wire.environment import engine_environment
from text_replace_wire.errors import Cancelled, EngineUnavailable, OutOfMemory, TextReplaceError, WrongSecret
from text_replace_wire.link import Link

FLATPAK_MARK = Path("/.flatpak-info")
OUTPUT_NAME = "engine-output.log"
_POLL = 0.1
#: Bytes for the engine's files besides the log, and a sentence in that.
_ROOM = 2**14
#: How the command line begins the sentence that says why it failed.
_SAYS = "text-replace: "
#: Bytes at the end of the log in which it is looked for.
_TAIL = 2**16


def ensure_engine(wait: float = 60.0, cancelled: IsCancelled = never) -> Link:
    """A link to an engine: the running one, else one started by the recorded command.

    Waits at most `wait` seconds for it. Raises EngineError, OutOfMemory, WrongVersion, Cancelled.
    """
    running = answering(cancelled)
    if running is not None:
        return running
    if FLATPAK_MARK.exists():
        raise EngineUnavailable(
            "GIMP from Flatpak cannot start the engine: run “text-replace start” in a terminal, then try again."
        )
    return start(_recorded_command(), wait, cancelled)


def answering(cancelled: IsCancelled = never) -> Link | None:
    """A link to the running engine, or None. Raises WrongVersion, Cancelled, and EngineError where it is full."""
    try:
        return Link.connect(cancelled=cancelled)
    # A stale file may name a port that another user's engine has now.
    except (EngineUnavailable, WrongSecret):
        return None


def start(command: Sequence[str], wait: float = 60.0, cancelled: IsCancelled = never) -> Link:
    """Start `command` detached and wait for a link to an engine. Raises EngineError, OutOfMemory, WrongVersion,
    Cancelled.
    """
    process, log = _spawn(command)
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if cancelled():
            raise Cancelled
        exited = process.poll()
        running = answering(cancelled)
        if running is not None:
            return running
        # Another engine may have been quicker; it will answer in a moment.
        if exited is not None and not (exited == EngineUnavailable.exit_code and lock.is_held()):
            raise _reason(exited, log)
        time.sleep(_POLL)
    raise EngineUnavailable(f"The engine was started but does not answer after {wait:.0f} seconds; see “{log}”.")


def _reason(exited: int, log: Path) -> TextReplaceError:
    """Why an engine that was just started has exited, as it said in its log."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _TAIL))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    sentences = [line[len(_SAYS) :] for line in lines if line.startswith(_SAYS)]
    if sentences and exited == OutOfMemory.exit_code:
        return OutOfMemory(sentences[-1])
    if sentences:
        return EngineUnavailable(sentences[-1])
    if lines:
        return EngineUnavailable(f"The engine stopped right after it was started; “{log}” says why.")
    return EngineUnavailable(
        f"The engine stopped right after it was started with exit status {exited}, and told nothing: run "
        "“text-replace serve” in a terminal to see why."
    )


def _recorded_command() -> list[str]:
    file = paths.engine_command_file()
    try:
        command = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EngineUnavailable(
            "The engine is not running, and how to start it is not recorded: run “text-replace start” in a terminal, "
            "or install Text Replace again."
        ) from error
    except (OSError, ValueError, RecursionError):
        command = None
    if not isinstance(command, list) or not command or not all(isinstance(word, str) for word in command):
        raise EngineUnavailable(f"The file “{file}” that says how to start the engine is damaged: install it again.")
    return command


def _spawn(command: Sequence[str]) -> tuple[subprocess.Popen[bytes], Path]:
    try:
        log = paths.private_log(OUTPUT_NAME)
        output = _with_room(log)
    except OSError as error:
        raise EngineUnavailable(
            f"The engine's log “{paths.log_dir() / OUTPUT_NAME}” cannot be written ({error.strerror}): "
            f"{paths.remedy(error)}."
        ) from error
    with output:
        try:
            return _detached(command, output), log
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise EngineUnavailable(
                f"The engine could not be started: “{command[0]}”: {reason}. Install Text Replace again."
            ) from error


def _with_room(log: Path) -> IO[bytes]:
    """The emptied log, open for writing. Raises OSError also where the engine could not tell in it why it failed."""
    output = log.open("wb", buffering=0)
    try:
        if output.write(bytes(_ROOM)) < _ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        # Some file systems notice only now that they are full.
        os.fsync(output.fileno())
        output.seek(0)
        output.truncate()
    except OSError:
        output.close()
        raise
    return output


def _detached(command: Sequence[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    """A process that shares no pipe, terminal or session with this one."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        # Not the caller's folder, which may be on a disk to be taken out; both sides must still mean the same place.
        cwd=paths.home(),
        env={**engine_environment(os.environ, command[0]), "TEXT_REPLACE_HOME": str(paths.home().absolute())},
        **apart,
    )
