"""Real engine processes that serve a fake pipeline, each test in a state folder of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.service import fake_engine
from text_replace_engine.serving.places import Limits
from text_replace_engine.serving.server import Server
from text_replace_engine.serving.worker import EngineBuilder
from text_replace_wire import endpoint
from text_replace_wire.errors import EngineUnavailable

#: Seconds that a busy machine may need for what takes a fraction of one.
PATIENCE = 30.0

Starter = Callable[..., "subprocess.Popen[str]"]


def until(true: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for something to become true; fails where it does not."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_published() -> bool:
    try:
        endpoint.read()
    except EngineUnavailable:
        return False
    return True


@contextlib.contextmanager
def serving(build: EngineBuilder, limits: Limits | None = None) -> Iterator[Server]:
    """An engine in this process, published, that ends with the block."""
    server = Server(build, 600, limits)
    thread = threading.Thread(target=server.run)
    thread.start()
    until(is_published)
    try:
        yield server
    finally:
        server.stop()
        thread.join(PATIENCE)
    assert not thread.is_alive()


def command(idle: float = 600, loading: float = 0) -> list[str]:
    return [sys.executable, str(Path(fake_engine.__file__)), str(idle), str(loading)]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder for one test."""
    folder = tmp_path / "state"
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(folder))
    return folder


@pytest.fixture
def starter(home: Path) -> Iterator[Starter]:
    """Starts engines that end with the test; `published=False` does not wait for the endpoint."""
    running: list[subprocess.Popen[str]] = []

    def start(
        idle: float = 600, loading: float = 0, published: bool = True, prepare: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command(idle, loading), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=prepare
        )
        running.append(process)
        if published:
            until(lambda: is_published() or process.poll() is not None)
            assert process.poll() is None, process.communicate()[1]
        return process

    yield start
    for process in running:
        process.kill()
        with contextlib.suppress(ValueError):
            process.communicate()


@pytest.fixture
def process(starter: Starter) -> subprocess.Popen[str]:
    """One engine, published."""
    return starter()
