"""Where plug-in and engine meet: the state folder and the files in it. Nothing else decides these places."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

from text_replace_wire.errors import EngineUnavailable

_OTHERS = 0o077


def home() -> Path:
    """`$TEXT_REPLACE_HOME`, else the platform's place for a user's state; it may not exist yet. Raises
    EngineUnavailable where the user has no home folder.
    """
    chosen = os.environ.get("TEXT_REPLACE_HOME")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else _users() / "AppData" / "Local") / "text-replace"
    if sys.platform == "darwin":
        return _users() / "Library" / "Application Support" / "text-replace"
    # Not $XDG_STATE_HOME: Flatpak sets it to a folder of its own, and both sides must mean the same one.
    return _users() / ".local" / "state" / "text-replace"


def _users() -> Path:
    # The user's number may have no entry, as in many containers; an empty name would be the root of all folders.
    with contextlib.suppress(RuntimeError):
        if os.environ.get("HOME") != "" and Path.home().is_absolute():
            return Path.home()
    raise EngineUnavailable("You have no home folder for the engine's files: set TEXT_REPLACE_HOME to a folder.")


def endpoint_file() -> Path:
    """How to reach the running engine; see `endpoint`."""
    return home() / "endpoint.json"


def engine_command_file() -> Path:
    """How to start the engine: a JSON list of strings, written by the installer."""
    return home() / "engine-command.json"


def lock_file() -> Path:
    """Locked by the running engine, so that there is only one."""
    return home() / "engine.lock"


def log_dir() -> Path:
    """The folder of all logs."""
    return home() / "log"


def make_private(folder: Path) -> Path:
    """Create `folder`, which is `home()` or in it, for this user only, where it is missing; take away others' rights
    where it is there. A folder that the user chose for `home()` keeps its rights. Raises OSError.
    """
    for needed in (home(), folder):
        needed.mkdir(mode=0o700, parents=True, exist_ok=True)
        # It may be one that others need, such as /tmp.
        if needed != home() or not os.environ.get("TEXT_REPLACE_HOME"):
            _narrow(needed)
    return folder


def private_log(name: str) -> Path:
    """The log `name`: a file, empty where it is new, that only this user can read, as its older pages are. Every log is
    opened by this path. Raises OSError.
    """
    file = make_private(log_dir()) / name
    os.close(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
    for page in log_dir().glob(f"{name}*"):
        _narrow(page)
    return file


def remedy(error: OSError) -> str:
    """What to do about a file in `home()` that cannot be used."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return "free some space on its disk"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "check its permissions"
    return "set TEXT_REPLACE_HOME to another folder"


def _narrow(place: Path) -> None:
    rights = place.stat().st_mode & 0o777
    if rights & _OTHERS:
        # Some file systems have no rights: there it stays as it is.
        with contextlib.suppress(PermissionError):
            place.chmod(rights & ~_OTHERS)
