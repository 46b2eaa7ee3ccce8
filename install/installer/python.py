"""Finding a Python that can run the engine, and making virtual environments with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from installer import debian
from installer.shell import SetupFailed, run, say

#: The versions that the pinned requirements have wheels for, the most tried first.
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
#: Modules that some builds of Python lack and that the engine's libraries import.
_PARTS = "ctypes, lzma, ssl"


def make_environment(folder: Path) -> Path:
    """The Python of the virtual environment in `folder`, which is made where it is absent or broken.

    Raises SetupFailed where no suitable Python is there and none could be installed.
    """
    python = folder / "bin" / "python"
    if not _works(python, "pip"):
        say(f"Making the virtual environment {folder}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        run([_find(), "-m", "venv", "--clear", folder], f"The virtual environment {folder} could not be made:")
    return python


def _find() -> Path:
    found = [Path(sys.executable), *_on_path()]
    suitable = [path for path in found if _works(path, _PARTS) and _version(path) in VERSIONS]
    for path in suitable:
        if _works(path, "venv, ensurepip"):
            return path
    if suitable and suitable[0].is_relative_to("/usr/bin"):
        debian.install([f"python{_version(suitable[0])}-venv"])
        return suitable[0]
    raise SetupFailed(
        f"Text Replace's engine needs Python {VERSIONS[0]} to {VERSIONS[-1]} with the venv module, and none was found: "
        "install one, then run this again."
    )


def _on_path() -> list[Path]:
    names = ["python3", *(f"python{version}" for version in VERSIONS)]
    located = [shutil.which(name) for name in names] + [f"/usr/bin/{name}" for name in names]
    return [Path(path) for path in located if path is not None]


def _works(python: Path, modules: str) -> bool:
    try:
        return subprocess.run([python, "-c", f"import {modules}"], capture_output=True).returncode == 0
    except OSError:
        return False


def _version(python: Path) -> str:
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    return run([python, "-c", question], f"{python} does not run.").strip()
