"""The engine: its virtual environment, its libraries, its own package, and the command that GIMP starts it with."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from installer import CLONE, places
from installer.python import make_environment
from installer.shell import SetupFailed, run, say
from text_replace_wire import paths

REQUIREMENTS = CLONE / "install" / "requirements.txt"
#: What the package is built from.
SOURCES = ("engine", "plugin", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
#: 6 GB of installed libraries and 3 GB of downloads that are there at the same time.
_SPACE = 10e9
#: What our own package was called at first. On the package index that name is somebody else's.
_FORMER_NAME = "text-replace"
_IMPORTS = "import torch, torchvision, open_clip, lpips, transformers, diffusers"


def environment_folder() -> Path:
    """`$TEXT_REPLACE_VENV`, else a place outside the clone, so that the engine outlives it."""
    named = os.environ.get("TEXT_REPLACE_VENV")
    # GIMP starts the engine from another folder.
    return Path(named).absolute() if named else own_data() / "venv"


def own_data() -> Path:
    """Where everything of the engine is installed unless it is told otherwise. Raises SetupFailed."""
    return places.chosen("XDG_DATA_HOME", ".local", "share") / "text-replace"


def text_replace() -> Path:
    """The installed command line."""
    return environment_folder() / "bin" / "text-replace"


def install_libraries() -> Path:
    """Make the virtual environment, install the pinned libraries, check that they import; returns its Python.

    Does nothing where that is done already. Raises SetupFailed.
    """
    folder = environment_folder()
    python = make_environment(folder)
    if _stamped(folder, "libraries", REQUIREMENTS.read_bytes()):
        return python
    free = shutil.disk_usage(folder).free
    if free < _SPACE:
        raise SetupFailed(
            f"The engine's libraries need {_SPACE / 1e9:.0f} GB while they are installed and {folder} has "
            f"{free / 1e9:.1f} GB free: free some space, or set TEXT_REPLACE_VENV to a folder on a larger disk."
        )
    say(
        f"Installing the engine's libraries into {folder}\n"
        "  PyTorch and what it needs: about 3.1 GB to download and 6 GB on disk; about 0.4 GB to download where\n"
        "  pip is set up with PyTorch's own index of CPU builds. Nothing is installed outside that folder."
    )
    pip_install(python, "--no-cache-dir", "-r", REQUIREMENTS)
    say("Checking that the libraries import")
    run([python, "-W", "ignore", "-c", _IMPORTS], "The libraries were installed but do not import; please report this:")
    _stamp(folder, "libraries", REQUIREMENTS.read_bytes())
    return python


def install_engine() -> Path:
    """Install the libraries and a copy of the engine that does not need the clone, and record how GIMP starts it.

    Returns the command line. Raises SetupFailed.
    """
    python = install_libraries()
    folder = environment_folder()
    contents = _fingerprint(CLONE / name for name in SOURCES)
    if not _stamped(folder, "engine", contents):
        say("Installing the engine")
        stop_engine()
        # Built from a copy: setuptools leaves folders in the tree that it builds, and reuses what it finds in them.
        with tempfile.TemporaryDirectory() as build:
            for name in SOURCES:
                source, target = CLONE / name, Path(build) / name
                shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
            install_package(python, "--force-reinstall", build)
        _stamp(folder, "engine", contents)
    record_command([str(text_replace()), "serve"])
    return text_replace()


def stop_engine() -> None:
    """Ask a running engine to exit, so that the next one runs what is installed now."""
    if text_replace().exists() and paths.endpoint_file().exists():
        subprocess.run([text_replace(), "stop"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def install_package(python: Path, *arguments: object) -> None:
    """Install our own package, and nothing it needs, in place of a copy under its former name. Raises SetupFailed.

    arguments: pip's, that name the sources.
    """
    # Both own the same files: afterwards it would take the new ones away.
    run(
        [python, "-m", "pip", "--disable-pip-version-check", "uninstall", "-y", _FORMER_NAME],
        "The engine's earlier version could not be removed; please report this:",
    )
    pip_install(python, "--no-deps", "--no-build-isolation", *arguments)


def pip_install(python: Path, *arguments: object) -> None:
    """pip install; its progress bars show on a terminal only. Raises SetupFailed."""
    show = sys.stdout.isatty()
    # /tmp is often in memory, and too small for PyTorch.
    with tempfile.TemporaryDirectory(dir=python.parent.parent) as downloads:
        run(
            [python, "-m", "pip", "install", "--disable-pip-version-check", *([] if show else ["-q"]), *arguments],
            "pip could not install the libraries: check the network and the free disk space, then run this again.",
            env={"TMPDIR": downloads},
            show=show,
        )


def record_command(command: list[str]) -> None:
    """Write the command that GIMP's plug-in starts the engine with, where it is not written already."""
    file = paths.engine_command_file()
    contents = json.dumps(command)
    if not file.exists() or file.read_text(encoding="utf-8") != contents:
        paths.make_private(file.parent)
        file.write_text(contents, encoding="utf-8")
        say(f"Recorded how GIMP starts the engine: {file}")


def _fingerprint(parts: Iterable[Path]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        for file in sorted(part.rglob("*")) if part.is_dir() else [part]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(CLONE)).encode() + b"\0" + file.read_bytes())
    return digest.digest()


def _stamp(folder: Path, what: str, contents: bytes) -> None:
    (folder / f"{what}.sha256").write_text(hashlib.sha256(contents).hexdigest(), encoding="utf-8")


def _stamped(folder: Path, what: str, contents: bytes) -> bool:
    stamp = folder / f"{what}.sha256"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == hashlib.sha256(contents).hexdigest()
