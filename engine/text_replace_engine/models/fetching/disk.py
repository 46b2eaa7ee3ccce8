"""Room on the disk that models are fetched to."""

from __future__ import annotations

import shutil
from pathlib import Path

from text_replace_wire.errors import OutputError

#: Room for what else happens on a disk.
_SPARE = 200 * 2**20


def free_space(place: Path) -> int:
    """Bytes that are free on the disk of a folder, which may not exist yet. Raises OSError."""
    existing = next(folder for folder in (place, *place.parents) if folder.exists())
    return shutil.disk_usage(existing).free


def check_room(place: Path, needed: int) -> None:
    """Raises OutputError where the disk under `place` has less than `needed` bytes left, or cannot be used."""
    try:
        free = free_space(place)
    except OSError as error:
        raise unwritable(place, error) from error
    if free < needed + _SPARE:
        raise OutputError(
            f"The models need {_gigabytes(needed + _SPARE)} on the disk of “{place}”, where {_gigabytes(free)} are "
            "free: free some space, or set XDG_CACHE_HOME to a folder on another disk."
        )


def unwritable(place: Path, error: OSError) -> OutputError:
    """What the user is told where `place` cannot be written to."""
    return OutputError(f"“{place}” could not be written: {error.strerror or error}.")


def size_of(place: Path) -> int:
    """Bytes of all files in a folder, which may not exist. Raises OSError."""
    return sum(file.stat().st_size for file in place.rglob("*") if file.is_file())


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
