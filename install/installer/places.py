"""Folders of the user's own, as GLib and the XDG base directories find them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from installer.shell import SetupFailed


def home() -> Path:
    """Raises SetupFailed where the user has none."""
    # The user's number may have no entry, as in many containers; an empty name would be the root of all folders.
    with suppress(RuntimeError):
        if os.environ.get("HOME") != "" and Path.home().is_absolute():
            return Path.home()
    raise SetupFailed("You have no home folder: set HOME to a folder, then run this again.")


def chosen(variable: str, *default: str) -> Path:
    """The folder that a variable of the XDG base directories names, which counts only where its path is whole; else the
    default, below the home folder. Raises SetupFailed.
    """
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else home().joinpath(*default)
