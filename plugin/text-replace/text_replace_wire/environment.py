"""The environment that an engine is started with: the user's own, without what another program's package put into it.

A GIMP from an AppImage or a Snap, or one that brings its own Python, has variables that lead to its own libraries and
modules, with which the engine's Python cannot start, or cannot import anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

#: They describe another Python than the engine's, wherever they lead.
_ANOTHER_PYTHONS = ("PYTHONHOME", "PYTHONEXECUTABLE", "PYTHONPLATLIBDIR", "__PYVENV_LAUNCHER__")
#: Where such a package is unpacked, and where it keeps what it changes.
_PACKAGES = ("APPDIR", "SNAP", "SNAP_DATA", "SNAP_COMMON", "SNAP_USER_DATA", "SNAP_USER_COMMON")
#: Put into LD_LIBRARY_PATH of every snap, for graphics drivers.
_SNAPS_LIBRARIES = "/var/lib/snapd"
#: Lead to the user, not to a package's files.
_NEVER = ("HOME", "PWD", "OLDPWD")
#: Programs here belong to the system or to nobody: not to one package.
_SYSTEM = ("/", "/usr", "/usr/local", "/usr/lib", "/usr/lib64", "/opt", "/bin", "/sbin", "/lib")
#: Our own packages: a clone from which they run without having been installed.
_OURS = ("text_replace_engine", "text_replace_wire")


def engine_environment(environment: Mapping[str, str], python: str) -> dict[str, str]:
    """`environment` for an engine that the program `python` runs: without entries inside another program's package, and
    with those of PYTHONPATH only that hold Text Replace itself. A variable that had no other entries is gone.
    """
    roots = tuple(_roots(environment, Path(python)))
    kept = {}
    for name, value in environment.items():
        if name in _ANOTHER_PYTHONS:
            continue
        entries = _entries(name, value)
        if name == "PYTHONPATH":
            own = [entry for entry in entries if any((Path(entry) / package).is_dir() for package in _OURS)]
        else:
            own = [entry for entry in entries if name in _NEVER or not _is_inside(entry, roots)]
        if own == entries:
            kept[name] = value
        elif any(own):
            kept[name] = os.pathsep.join(own)
    # A snap's own home folder has none of the user's files.
    if "SNAP_REAL_HOME" in environment:
        kept["HOME"] = environment["SNAP_REAL_HOME"]
    return kept


def _entries(name: str, value: str) -> list[str]:
    # The one list that may have spaces between its entries.
    return value.replace(" ", os.pathsep).split(os.pathsep) if name == "LD_PRELOAD" else value.split(os.pathsep)


def _roots(environment: Mapping[str, str], python: Path) -> Iterator[str]:
    """The folders of other programs' packages, in every spelling under which variables may name them."""
    folders = [Path(environment[name]) for name in _PACKAGES if environment.get(name)]
    if "SNAP" in environment:
        # Every revision of the snap, and `current`.
        folders += [Path(environment["SNAP"]).parent, Path(_SNAPS_LIBRARIES)]
    folders += [Path(sys.base_prefix), *_gimps_prefix()]
    engines = _spellings(str(python))
    for folder in folders:
        for root in _spellings(str(folder)):
            # Nothing that the engine itself is in is another program's.
            if root not in _SYSTEM and not any(_is_inside(place, (root,)) for place in engines):
                yield root


def _gimps_prefix() -> Iterator[Path]:
    """Where the GIMP that runs this plug-in is installed, which tells its plug-ins where its libraries are."""
    try:
        program = Path(f"/proc/{os.getppid()}/exe").resolve(strict=True)
    # No such file outside of Linux; another user's process.
    except OSError:
        return
    if program.name.startswith("gimp") and program.parent.name == "bin":
        yield program.parent.parent


def _is_inside(entry: str, roots: tuple[str, ...]) -> bool:
    if not Path(entry).is_absolute():
        return False
    return any(place == root or place.startswith(root + os.sep) for place in _spellings(entry) for root in roots)


def _spellings(place: str) -> set[str]:
    """As it is written, and where it really is."""
    return {os.path.normcase(os.path.normpath(place)), os.path.normcase(os.path.realpath(place))}
