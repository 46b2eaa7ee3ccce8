"""An engine that cannot work says why, to its log and to who asks, and ends; nobody waits for it in vain."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.cli.conftest import SOURCES
from tests.engine.service.conftest import PATIENCE, until
from tests.engine.service.fake_engine import FakeEngine
from tests.engine.service.requests_for_tests import Edits
from text_replace_engine.local import ResidentEngine
from text_replace_engine.serving import lifecycle
from text_replace_engine.serving.server import Server
from text_replace_wire import launch, lock, paths
from text_replace_wire.errors import EngineError, EngineUnavailable, OutOfMemory, TextReplaceError, UserError

pytestmark = pytest.mark.slow


def record(*command: str) -> None:
    paths.make_private(paths.home())
    paths.engine_command_file().write_text(json.dumps(command))


def ended_server(build: Callable[[], ResidentEngine]) -> tuple[Edits, TextReplaceError]:
    """An edit asked of an engine that `build` makes, and what ended the engine."""
    ends: list[TextReplaceError] = []
    server = Server(build, 600)

    def run() -> None:
        try:
            server.run()
        except TextReplaceError as error:
            ends.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(paths.endpoint_file().exists)
    edit = Edits("quick")
    edit.run()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert not paths.endpoint_file().exists()
    return edit, ends[0]


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ImportError("libstdc++.so.6: version `GLIBCXX_3.4.32' not found"), EngineError, "GLIBCXX"),
        (AttributeError("module 'numpy' has no attribute 'x'"), EngineError, "numpy"),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), OutOfMemory, "memory"),
        (RuntimeError("can't start new thread"), OutOfMemory, "memory"),
        (MemoryError(), OutOfMemory, "memory"),
        (UserError("This machine has no device “cuda:9”."), UserError, "cuda:9"),
    ],
)
def test_who_asks_hears_why_and_the_engine_ends(
    home: Path, error: Exception, kind: type[TextReplaceError], words: str
) -> None:
    """What keeps the engine from being made is the answer to whoever has come, and how the engine ends."""

    def build() -> ResidentEngine:
        raise error

    edit, end = ended_server(build)
    assert type(end) is kind and words in str(end)
    assert isinstance(edit.outcome, kind) and str(edit.outcome) == str(end)


def test_libraries_that_cannot_be_loaded_with_the_models_end_it_too(home: Path) -> None:
    """Some are only imported when models are loaded."""

    class Broken(FakeEngine):
        def warm(self, models: str = "auto") -> None:
            raise ImportError("cannot import name 'x' from 'scipy'")

    _, end = ended_server(Broken)
    assert "scipy" in str(end)


def test_variables_that_may_be_the_cause_are_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own LD_LIBRARY_PATH is kept, and named where libraries cannot be loaded."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "/own/lib")

    def build() -> ResidentEngine:
        raise ImportError("libtorch.so: wrong ELF class")

    assert "without LD_LIBRARY_PATH" in str(ended_server(build)[1])


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [(6, OutOfMemory, "No room."), (5, EngineUnavailable, "No room."), (4, EngineUnavailable, "No room.")],
)
def test_who_starts_it_hears_its_last_sentence(
    home: Path, code: int, kind: type[TextReplaceError], sentence: str
) -> None:
    """Not “see the log”: the sentence itself, at once, whatever the exit code, where no engine runs."""
    record(sys.executable, "-c", f"import sys; print('text-replace: {sentence}', file=sys.stderr); sys.exit({code})")
    with pytest.raises(kind) as raised:
        launch.ensure_engine(wait=PATIENCE)
    assert (type(raised.value), str(raised.value)) == (kind, sentence)


def test_engine_that_could_not_say_a_word(home: Path) -> None:
    """An empty log is not called the one that says why."""
    record("false")
    with pytest.raises(EngineUnavailable, match="told nothing: run"):
        launch.ensure_engine()


def test_start_under_a_limit_on_memory(home: Path) -> None:
    """`text-replace start` ends with exit code 6 and the remedy, which are in the started engine's log as well."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 * 10**9, 3 * 10**9))

    started = run("start", prepare=limit)
    assert started.returncode == OutOfMemory.exit_code, started.stderr
    assert "ulimit -v" in started.stderr and "3.0" in started.stderr
    assert "ulimit -v" in (paths.log_dir() / launch.OUTPUT_NAME).read_text()
    assert lifecycle.status() is None


@pytest.mark.parametrize("name", ["libstdc++.so.6", "libz.so.1"])
def test_libraries_of_an_appimage(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An AppImage's libraries, with which the engine cannot load its own (torch's, or Python's), do not reach it; as
    the user's own choice they do: the engine says so, to its log and to who asks, and ends.
    """
    libraries = tmp_path / "usr" / "lib"
    libraries.mkdir(parents=True)
    (libraries / name).write_bytes(b"not for this machine")
    monkeypatch.setenv("PYTHONPATH", SOURCES)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(libraries))
    record(sys.executable, "-m", "text_replace_engine", "serve")
    with pytest.raises(EngineError, match="without LD_LIBRARY_PATH"), launch.ensure_engine() as link:
        link.warm("starter")
    until(lambda: not lock.is_held())
    assert "without LD_LIBRARY_PATH" in (paths.log_dir() / launch.OUTPUT_NAME).read_text()
    monkeypatch.setenv("APPDIR", str(tmp_path))
    with launch.ensure_engine() as link:
        link.warm("starter")
        link.stop()


def run(*arguments: str, prepare: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """The real command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "text_replace_engine", *arguments],
        env={**os.environ, "PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=prepare,
    )
