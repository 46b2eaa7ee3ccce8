"""The GIMPs that tests run: GIMP 2.10 of the system, and GIMP 3 in the trees that `install/gimp3-tree` makes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import pytest

CLONE = Path(__file__).resolve().parents[2]
PLUGIN = CLONE / "plugin" / "text-replace"
INSIDE = CLONE / "tests" / "gimp" / "inside"
TREE = CLONE / "install" / "gimp3-tree"
DEADLINE = 1800.0  # seconds for one GIMP with all its work

#: Where this Python and its libraries are, outside the clone.
PYTHON = sorted({Path(each).resolve() for each in (sys.base_prefix, sys.prefix, *sys.path) if Path(each).is_dir()})

_DRIVE3 = (
    f"import sys; sys.path[:0] = ['{CLONE}', '{PLUGIN}']; from tests.gimp.inside import drive; "
    "from tests.gimp.inside.bench3 import Bench3; drive.run(Bench3)"
)


class Gimp(Protocol):
    """`name` is "2.10", "3.0" or "3.2".

    `folder` holds its profile, and the folder above it everything else that it sees.
    `helpers`: whether the plug-ins are there that scenarios need.
    `has_python`: whether it can start what this Python runs.
    """

    @property
    def name(self) -> str: ...

    @property
    def folder(self) -> Path: ...

    @property
    def has_python(self) -> bool: ...

    @property
    def screen_program(self) -> str:
        """The GIMP with windows."""

    def command(self, arguments: list[str], environment: dict[str, str]) -> list[str]:
        """How to run a program where this GIMP lives, with its profile."""

    def batch(self) -> list[str]:
        """The console GIMP with the arguments that run a scenario."""


@dataclass(frozen=True)
class Gimp210:
    folder: Path
    helpers: bool = True
    name: str = "2.10"
    has_python: bool = True

    def __post_init__(self) -> None:
        self.folder.mkdir()
        if not shutil.which("gimp-console-2.10"):
            pytest.skip("GIMP 2.10 is not installed (apt-get install gimp)")
        make = self.command(["gimp-console-2.10", "-i", "-d", "-f", "-b", "(gimp-quit 0)"], {})
        subprocess.run(make, check=True, capture_output=True, timeout=DEADLINE)
        _install(self._profile, self.helpers)

    @property
    def _profile(self) -> Path:
        return self.folder / "GIMP" / "2.10"

    @property
    def screen_program(self) -> str:
        return "gimp-2.10"

    def command(self, arguments: list[str], environment: dict[str, str]) -> list[str]:
        return ["env", *_assignments({**environment, "GIMP2_DIRECTORY": str(self._profile)}), *arguments]

    def batch(self) -> list[str]:
        return [
            "gimp-console-2.10",
            "-i",
            "-d",
            "-f",
            "-b",
            "(plug-in-text-replace-drive RUN-NONINTERACTIVE)",
            "-b",
            "(gimp-quit 0)",
        ]


@dataclass(frozen=True)
class Gimp3:
    folder: Path
    helpers: bool = True
    name: str = "3.0"
    suite: str = "trixie"

    def __post_init__(self) -> None:
        self.folder.mkdir()
        if not shutil.which("bwrap"):
            pytest.skip("bubblewrap is not installed, so GIMP 3 cannot run from its tree (apt-get install bubblewrap)")
        made = subprocess.run([str(TREE), "make", "--suite", self.suite], capture_output=True, text=True, timeout=900)
        if made.returncode:
            pytest.skip(f"there is no GIMP 3 tree: {made.stderr.strip()}")
        make = self.command(["gimp-console", "-i", "-d", "-f", "--quit"], {})
        subprocess.run(make, check=True, capture_output=True, timeout=DEADLINE)
        profile = self.folder / ".config" / "GIMP" / self.name
        _install(profile, self.helpers)
        with (profile / "gimprc").open("a") as settings:
            settings.write("(show-welcome-dialog no)\n")

    @property
    def has_python(self) -> bool:
        """A tree has a /usr of its own, in which the system's Python is another."""
        return not any(folder.is_relative_to("/usr") for folder in PYTHON)

    @property
    def screen_program(self) -> str:
        return "gimp"

    def command(self, arguments: list[str], environment: dict[str, str]) -> list[str]:
        inside = ["env", *_assignments({**environment, "HOME": str(self.folder)}), *arguments]
        binds = ["--bind", str(self.folder.parent), "--ro-bind", str(CLONE)]
        if self.has_python:
            outside = [folder for folder in PYTHON if not folder.is_relative_to(CLONE)]
            binds += [word for folder in outside for word in ("--ro-bind", str(folder))]
        return [str(TREE), "run", "--suite", self.suite, *binds, "--", *inside]

    def batch(self) -> list[str]:
        return ["gimp-console", "-i", "-d", "-f", "--batch-interpreter=python-fu-eval", "-b", _DRIVE3, "--quit"]


def gimp32(folder: Path, helpers: bool = True) -> Gimp3:
    return Gimp3(folder, helpers, "3.2", "forky")


def _install(profile: Path, helpers: bool) -> None:
    """The product as users install it, copied alone, and where asked for the plug-ins that scenarios need."""
    shutil.copytree(PLUGIN, profile / "plug-ins" / "text-replace", ignore=shutil.ignore_patterns("__pycache__"))
    for helper in ("text-replace-drive", "text-replace-sabotage") if helpers else ():
        shutil.copytree(INSIDE / "plug-ins" / helper, profile / "plug-ins" / helper)


def _assignments(environment: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in environment.items()]


def run_scenario(
    gimp: Gimp,
    name: str,
    home: Path,
    fonts: bool = False,
    environment: Mapping[str, str] = MappingProxyType({}),
    folder: str = "",
    **asked: Any,
) -> dict[str, Any]:
    """Run a function of `inside/scenarios.py` in a headless GIMP; what it found. `home`: the engine's state folder.

    Without `fonts` GIMP starts faster. folder: of what it writes, where a function is run several times.
    """
    out = gimp.folder / (folder or name)
    out.mkdir()
    scenario = out / "scenario.json"
    scenario.write_text(json.dumps({"name": name, "out": str(out), "home": str(home), **asked}, default=str))
    variables = {
        **environment,
        "TEXT_REPLACE_HOME": str(home),
        "TEXT_REPLACE_CLONE": str(CLONE),
        "TEXT_REPLACE_SCENARIO": str(scenario),
        "TEXT_REPLACE_SABOTAGE": str(out / "sabotage"),
    }
    batch = [word for word in gimp.batch() if not (fonts and word == "-f")]
    command = gimp.command(batch, variables)
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)
    (out / "gimp.log").write_text(done.stdout + done.stderr)
    results = out / "results.json"
    # GIMP 2.10 always exits with 0, so only the file tells.
    assert results.exists(), f"GIMP {gimp.name} ran no scenario:\n{done.stdout}\n{done.stderr}"
    found: dict[str, Any] = json.loads(results.read_text())
    assert "traceback" not in found, f"{found.get('traceback')}\n{done.stderr}"
    return found
