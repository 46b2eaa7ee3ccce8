"""install/test: sets up what the tests need, then runs all of them: lint, format, types, pytest."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from installer import CLONE, PLUGIN, debian, engine
from installer.python import make_environment
from installer.shell import SetupFailed, run, say

ENVIRONMENT = CLONE / ".venv"
REQUIREMENTS = CLONE / "install" / "requirements-test.txt"
#: GIMP 2.10, what builds the GIMP 3 tree and drives real windows, and ExifTool.
PACKAGES = (
    "at-spi2-core",
    "bubblewrap",
    "dbus",
    "gimp",
    "gir1.2-atspi-2.0",
    "imagemagick",
    "libatk-adaptor",
    "libimage-exiftool-perl",
    "mmdebstrap",
    "python3-gi",
    "xdotool",
    "xvfb",
    "zstd",
)
#: For where CI is set only: on a person's machine Debian would start it as a service.
SERVER = ("openssh-server",)
#: What opens the pages that the lab writes, for the tests that --all adds.
BROWSER = ("chromium", "chromium-driver")
DESCRIPTION = """\
Sets up what the tests need and runs the whole suite: ruff, mypy --strict and pytest with real GIMPs, in two processes.

Other arguments go to pytest, and it is one process then, unless they say otherwise ("install/test -m 'not gimp and not
slow' -n 2" is the fast part). What cannot be set up without root is skipped with a reason, except where CI is set in
the environment."""
#: Two processes, to which tests/conftest.py gives what belongs together.
SPREAD = ("-n", "2", "--dist", "loadfile")
#: Debian suites with a GIMP 3: for every run, and what --all adds.
TREES, MORE_TREES = ("trixie",), ("forky",)


def main() -> int:
    parser = argparse.ArgumentParser(
        "install/test", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="also in GIMP 3.2, from a tree of Debian forky (5 minutes), in Chromium, and on many more inputs",
    )
    options, arguments = parser.parse_known_args()
    python = set_up(TREES + MORE_TREES, PACKAGES + BROWSER) if options.all else set_up()
    selected = [*(("-m", "") if options.all else ()), *(arguments or SPREAD)]
    failed = [name for name, command in _checks(python, selected) if _fails(name, command)]
    if failed:
        print(f"install/test: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def set_up(trees: tuple[str, ...] = TREES, packages: tuple[str, ...] = PACKAGES) -> Path:
    """The Python of the tests' own environment, in which the clone's code runs with the engine's libraries.

    trees: the Debian suites whose GIMP 3 is needed. packages: of Debian, those that are.
    """
    _set_up_programs(trees, packages)
    return environment()


def environment() -> Path:
    """The Python of the tests' own environment, set up without any GIMP."""
    libraries = engine.install_libraries()
    python = make_environment(ENVIRONMENT)
    shared = run([python, "-c", "import site; print(site.getsitepackages()[0])"], f"{python} does not run.").strip()
    inherited = run([libraries, "-c", "import site; print(site.getsitepackages()[0])"], f"{libraries} does not run.")
    # The clone comes first: the shared libraries' folder may hold an installed copy of the engine.
    search = [str(CLONE / "engine"), str(PLUGIN), inherited.strip()]
    (Path(shared) / "text-replace-tests.pth").write_text("\n".join(search) + "\n", encoding="utf-8")
    engine.pip_install(python, "-r", REQUIREMENTS)
    engine.install_package(python, "-e", CLONE)
    return python


def _set_up_programs(trees: tuple[str, ...], packages: tuple[str, ...]) -> None:
    needed = debian.missing(packages + SERVER if os.environ.get("CI") else packages)
    tree = CLONE / "install" / "gimp3-tree"
    try:
        if needed:
            debian.install(needed)
        for suite in trees:
            run([tree, "make", "--suite", suite], f"The tree with the GIMP 3 of Debian {suite} could not be made:")
    except SetupFailed as problem:
        if os.environ.get("CI"):
            raise
        say(f"{problem}\nThe tests that need this are skipped.")


def _checks(python: Path, arguments: list[str]) -> list[tuple[str, list[object]]]:
    return [
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("mypy", [python, "-m", "mypy"]),
        ("pytest", [python, "-m", "pytest", *arguments]),
    ]


def _fails(name: str, command: list[object]) -> bool:
    say(f"== {name}")
    return subprocess.run([str(word) for word in command], cwd=CLONE).returncode != 0
