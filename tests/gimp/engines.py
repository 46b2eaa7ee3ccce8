"""Real engines for the GIMPs: the starter models, in a state folder that the GIMP sees."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.gimp.gimps import CLONE, PLUGIN
from text_replace_wire import launch

PATIENCE = 120.0  # seconds: importing torch on two busy cores


def command(*more: Path, cache: Path | None = None) -> list[str]:
    """Serves from the clone, whether the package is installed or not, with what is in the folders `more`.

    cache: the folder with the models that were fetched, in place of the user's. One thread: several that share busy
    cores wait for each other far longer than they work.
    """
    search = os.pathsep.join(map(str, (CLONE / "engine", PLUGIN, *more)))
    variables = [f"PYTHONPATH={search}", "OMP_NUM_THREADS=1", *([] if cache is None else [f"XDG_CACHE_HOME={cache}"])]
    return ["env", *variables, sys.executable, "-m", "text_replace_engine", "serve"]


def start(home: Path) -> None:
    """The engine that is recorded in the state folder `home`, unless it runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(home))
        launch.ensure_engine(PATIENCE).close()


def end(home: Path) -> None:
    """The engine that was started by the command in the state folder `home`, if it was."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(json.loads((home / "endpoint.json").read_text())["pid"], signal.SIGTERM)


@contextlib.contextmanager
def running(home: Path, *more: Path, program: Sequence[str | Path] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A real engine, published in `home`, with what is in the folders `more`, else what `program` makes one; it may be
    dead at the end.
    """
    home.mkdir(exist_ok=True)
    with (home / "engine-test.log").open("wb") as log:
        environment = {**os.environ, "TEXT_REPLACE_HOME": str(home)}
        process = subprocess.Popen(
            program or command(*more), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while not (home / "endpoint.json").exists():
                said = (home / "engine-test.log").read_text()
                assert process.poll() is None and time.monotonic() < deadline, f"the engine did not start:\n{said}"
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()
            process.wait(30)
