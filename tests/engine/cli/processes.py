"""The real command line in a process of its own, with the fake engine, under an environment that a test chooses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.engine.cli.conftest import SOURCES

COMMAND = (sys.executable, "-m", "tests.engine.cli.fake_main")


def environment(home: Path, **changes: str) -> dict[str, str]:
    """This process' own, with the state folder `home`."""
    return {**os.environ, "PYTHONPATH": SOURCES, "TEXT_REPLACE_HOME": str(home), **changes}


def shell(line: str, arguments: Sequence[object], variables: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash in which `"$@"` is the command with `arguments`."""
    words = [*COMMAND, *map(str, arguments)]
    return subprocess.run(["bash", "-c", line, "bash", *words], env=dict(variables), capture_output=True, timeout=120)


def start(
    module: str, *arguments: object, home: Path, prepare: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    """A module as a program; `prepare` runs in its process before it."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    )
