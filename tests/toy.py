"""The toy model set, installed as a package of its own, and engines that find it by its entry point."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[1]


def installed(folder: Path) -> Path:
    """The folder that has to be on an engine's path; pip has put the package and its entry point there."""
    sources = folder / "sources"
    # Building leaves folders in the tree that is built.
    shutil.copytree(CLONE / "tests" / "toy_set", sources, ignore=shutil.ignore_patterns("__pycache__"))
    target = folder / "site"
    offline = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-q", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, str(sources)], check=True)
    return target
