"""GIMP on this machine: which versions there are, their plug-ins folders, and the plug-in in them."""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from installer import PLUGIN, debian, places
from installer.shell import SetupFailed, run, say

NAME = PLUGIN.name
_PROGRAMS = ("gimp-console-2.10", "gimp-console-3.0", "gimp-console-3.2", "gimp-console")
_FLATPAK = "org.gimp.GIMP"
_QUIT = {
    "2": ["-i", "-d", "-f", "-b", "(gimp-quit 0)"],
    "3": ["-i", "-d", "-f", "--batch-interpreter=plug-in-script-fu-eval", "-b", "(gimp-quit 0)", "--quit"],
}


@dataclass(frozen=True)
class Gimp:
    """One GIMP: its version as in its folder's name ("2.10"), its folder, and its program where one can be run."""

    version: str
    folder: Path
    program: str = ""

    @property
    def plug_in(self) -> Path:
        return self.folder / "plug-ins" / NAME


def installed() -> list[Gimp]:
    """Every GIMP that this user can run or has run, the newest first."""
    found: dict[Path, Gimp] = {}
    for name in _PROGRAMS:
        program = shutil.which(name)
        version = _version_of(program) if program else None
        if program and version:
            gimp = Gimp(version, _own_folder(version), program)
            found.setdefault(gimp.folder.resolve(), gimp)
    for root in (_settings(), places.home() / ".var" / "app" / _FLATPAK / "config"):
        for folder in (root / "GIMP").glob("[23].*"):
            # Not the copies that people keep beside it.
            if re.fullmatch(r"[23]\.\d+", folder.name):
                found.setdefault(folder.resolve(), Gimp(folder.name, folder))
    return sorted(found.values(), key=lambda gimp: [int(part) for part in gimp.version.split(".")], reverse=True)


def versions() -> list[str]:
    """Of every GIMP, each once: a native one and one from Flatpak may be the same."""
    return list(dict.fromkeys(gimp.version for gimp in installed()))


def ensure_installed() -> None:
    """Install Debian's GIMP where no GIMP is found; where that is impossible, say so and go on."""
    if installed():
        return
    if debian.can_install():
        debian.install(["gimp"])
    else:
        say(
            "GIMP was not found and cannot be installed from here: install it (on Debian: apt-get install gimp), start "
            "it once, then run install/setup again. The command line works without GIMP."
        )


def copy_plug_in(gimp: Gimp) -> None:
    """Put the plug-in into `gimp`'s folder, unless it is there already. Raises SetupFailed."""
    target = gimp.plug_in
    if target.is_symlink():
        say(f"GIMP {gimp.version}: {target} is a link; left as it is")
        return
    if target.is_dir() and _same(PLUGIN, target):
        return
    if not gimp.folder.exists():
        _first_start(gimp)
    fresh = gimp.folder / f"{NAME}.new"
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(PLUGIN, fresh, ignore=shutil.ignore_patterns("__pycache__"))
        # GIMP skips a plug-in that is not executable without a word.
        (fresh / f"{NAME}.py").chmod(0o755)
        # GIMP asks a plug-in what it offers only when this file's time has changed.
        (fresh / f"{NAME}.py").touch()
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)
    except OSError as error:
        raise SetupFailed(f"The plug-in could not be copied to {target}: {error}. Mend that and try again.") from error
    say(f"GIMP {gimp.version}: plug-in copied to {target}")


def remove_plug_in(gimp: Gimp) -> None:
    """Take the plug-in out of `gimp`'s folder where it is."""
    if gimp.plug_in.is_symlink():
        gimp.plug_in.unlink()
    elif gimp.plug_in.is_dir():
        shutil.rmtree(gimp.plug_in)
    else:
        return
    say(f"Removed {gimp.plug_in}")


def _first_start(gimp: Gimp) -> None:
    """Let GIMP make its own folder: one that it finds half made keeps it from taking over older settings."""
    say(f"GIMP {gimp.version}: first start, to make {gimp.folder} (up to 30 s)")
    run(
        [gimp.program, *_QUIT[gimp.version[0]]],
        f"GIMP {gimp.version} does not start; mend that and try again:",
    )


def _settings() -> Path:
    return places.chosen("XDG_CONFIG_HOME", ".config")


def _own_folder(version: str) -> Path:
    named = os.environ.get(f"GIMP{version[0]}_DIRECTORY")
    # GIMP, too, takes a name that is not whole as one below the home folder.
    return places.home() / named if named else _settings() / "GIMP" / version


def _version_of(program: str) -> str | None:
    printed = subprocess.run([program, "--version"], capture_output=True, stdin=subprocess.DEVNULL).stdout
    found = re.search(r"\b([23]\.\d+)\.\d+", printed.decode("utf-8", "replace"))
    return found.group(1) if found else None


def _same(source: Path, target: Path) -> bool:
    compared = filecmp.dircmp(source, target, ignore=["__pycache__"])
    return not (compared.left_only or compared.right_only) and _same_below(compared)


def _same_below(compared: filecmp.dircmp[str]) -> bool:
    _, different, unreadable = filecmp.cmpfiles(compared.left, compared.right, compared.common_files, shallow=False)
    folders = [_same(Path(compared.left) / name, Path(compared.right) / name) for name in compared.common_dirs]
    return not different and not unreadable and all(folders)
