"""Names that mean a file which this process has open: /dev/stdout, /dev/fd/63, as the shell's >(…) gives."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_MOST_LINKS = 40


def meant_by(path: Path) -> int | None:
    """The descriptor that `path` means, open or not; None where it is a name like any other, or none that can be
    followed, and where the system has no folder of open files.

    Followed further, such a link is the name of a pipe that is nowhere, or of a file to which the shell may append.
    """
    own = Path(f"/proc/{os.getpid()}/fd")
    with suppress(OSError):
        place = path.absolute()
        for _ in range(_MOST_LINKS):
            folder = Path(os.path.realpath(place.parent))
            if folder == own and place.name.isdigit():
                return int(place.name)
            place = folder / place.readlink()
    return None


def is_standard_output(path: Path | None) -> bool:
    """Whether an output goes where commands print, and what they say must go elsewhere."""
    return path is not None and meant_by(path) == 1
