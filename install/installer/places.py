"""Folders of the user's own, as GLib and the XDG base directories find them."""

from __future__ import annotations

import os
from pathlib import Path

from installer.shell import SetupFailed


def home() -> Path:
    """Raises SetupFailed where the user has none."""
    try:
        # A relative $HOME would be another folder for every program.
        return Path.home().absolute()
    # The user's number has no entry, as in many containers, and $HOME is not set.
    except RuntimeError as error:
        raise SetupFailed("You have no home folder: set HOME to a folder, then run this again.") from error


def chosen(variable: str, *default: str) -> Path:
    """The folder that a variable of the XDG base directories names, which counts only where its path is whole; else the
    default, below the home folder. Raises SetupFailed.
    """
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else home().joinpath(*default)
