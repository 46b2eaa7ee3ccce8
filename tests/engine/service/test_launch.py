"""Starting the engine from GIMP: it comes up, outlives GIMP, and whatever goes wrong is said in one sentence."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.engine.service.conftest import Starter, command, is_published
from tests.engine.service.fake_engine import CLONE
from text_replace_wire import endpoint, launch, paths
from text_replace_wire.errors import Cancelled, EngineUnavailable

_PLUGIN = f"import sys; sys.path.insert(0, {str(CLONE / 'plugin' / 'text-replace')!r}); "


def record(recorded: Any) -> None:
    paths.make_private(paths.home())
    paths.engine_command_file().write_text(json.dumps(recorded))


def linked_pid() -> int:
    """The process of the engine that a plug-in would talk to."""
    with launch.ensure_engine() as link:
        return link.endpoint.pid


@pytest.fixture(autouse=True)
def ended(home: Path) -> Iterator[None]:
    """No engine outlives its test."""
    yield
    if is_published():
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(endpoint.read().pid).kill()


def test_running_engine_is_used(starter: Starter) -> None:
    """Nothing is started, nor need anything be recorded, where an engine answers."""
    engine = starter()
    assert linked_pid() == engine.pid


def test_engine_outlives_the_program_that_started_it() -> None:
    """GIMP's plug-in ends after each run: the engine it started has its own session and none of its pipes."""
    record(command())
    plugin = subprocess.run(
        [
            sys.executable,
            "-c",
            _PLUGIN + "from text_replace_wire import launch; print(launch.ensure_engine().endpoint.pid)",
        ],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=60,
    )
    # `run` would have timed out if the engine held the other end of a pipe.
    pid = int(plugin.stdout)
    assert plugin.returncode == 0
    assert os.getsid(pid) == pid
    assert linked_pid() == pid
    handles = {Path(f"/proc/{pid}/fd/{number}").readlink() for number in (0, 1, 2)}
    assert handles == {Path("/dev/null"), paths.log_dir() / launch.OUTPUT_NAME}


def test_gimps_own_python_does_not_leak_into_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GIMP that brings its Python sets PYTHONHOME, with which the engine's Python could not start."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    record(command())
    launch.ensure_engine().close()


def test_dead_engines_file_does_not_stop_a_start(starter: Starter) -> None:
    """After a crash the plug-in starts a new engine as if nothing had been there."""
    killed = starter()
    killed.kill()
    killed.wait()
    record(command())
    assert linked_pid() != killed.pid


@pytest.mark.parametrize(
    ("recorded", "sentence"),
    [
        (["/nowhere/text-replace", "serve"], "“/nowhere/text-replace”: No such file"),
        (["/", "serve"], "“/”: Permission denied"),
        (["false"], "stopped right after it was started"),
        ([], "damaged"),
        ("serve", "damaged"),
        ([1], "damaged"),
        (["a\0b"], "could not be started"),
    ],
)
def test_bad_command_is_explained(recorded: Any, sentence: str) -> None:
    """A command that is not there, not a program, not a command, or that fails, is named, whatever the patience."""
    record(recorded)
    with pytest.raises(EngineUnavailable, match=sentence):
        launch.ensure_engine()


def test_no_recorded_command_is_explained() -> None:
    """Without an installer's record the user hears how to start the engine."""
    with pytest.raises(EngineUnavailable, match="text-replace start"):
        launch.ensure_engine()


def test_flatpak_cannot_start_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside Flatpak nothing is tried; the sentence says what to do."""
    monkeypatch.setattr(launch, "FLATPAK_MARK", tmp_path)
    record(command())
    with pytest.raises(EngineUnavailable, match="Flatpak.*text-replace start"):
        launch.ensure_engine()
    assert not is_published()


def test_wait_can_be_cancelled() -> None:
    """Cancel works while the engine is starting."""
    record([sys.executable, "-c", "import time; time.sleep(4)"])
    asked: list[None] = []

    def at_the_third_time() -> bool:
        asked.append(None)
        return len(asked) >= 3

    with pytest.raises(Cancelled):
        launch.ensure_engine(cancelled=at_the_third_time)


def test_wait_has_a_deadline() -> None:
    """A program that runs but never becomes an engine is given up; the log is named."""
    record([sys.executable, "-c", "import time; time.sleep(4)"])
    with pytest.raises(EngineUnavailable, match=launch.OUTPUT_NAME):
        launch.ensure_engine(wait=0.5)


def test_unwritable_log_folder_is_explained(home: Path) -> None:
    """A state folder that cannot be used is named with its reason."""
    record(command())
    (home / "log").write_text("a file where the folder should be")
    with pytest.raises(EngineUnavailable, match="log"):
        launch.ensure_engine()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")
def test_state_folder_on_a_full_disk(home: Path) -> None:
    """What cannot be logged is said: an empty log explains nothing."""
    record([sys.executable, "-c", "raise SystemExit(1)"])
    paths.make_private(paths.log_dir())
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", paths.log_dir()], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine may not mount a small file system")
    try:
        with pytest.raises(EngineUnavailable, match=r"cannot be written \(No space left on device\): free some space"):
            launch.ensure_engine()
    finally:
        subprocess.run(["umount", paths.log_dir()], check=True)


def test_engine_that_dies_without_a_word(home: Path) -> None:
    """Nobody is sent to an empty log; one that says something is named."""
    record([sys.executable, "-c", "raise SystemExit(9)"])
    with pytest.raises(EngineUnavailable, match="exit status 9, and told nothing"):
        launch.ensure_engine()
    record([sys.executable, "-c", "raise SystemExit('why')"])
    with pytest.raises(EngineUnavailable, match=r"engine-output\.log” says why"):
        launch.ensure_engine()
    assert (paths.log_dir() / launch.OUTPUT_NAME).read_text() == "why\n"
