"""A stale endpoint, a slow engine, and the lock that tells them apart."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.service.conftest import PATIENCE, Starter, is_published
from tests.engine.service.test_link import greet, scripted
from text_replace_engine.serving import lifecycle
from text_replace_wire import endpoint, launch, lock, paths
from text_replace_wire.errors import EngineUnavailable
from text_replace_wire.link import Link
from text_replace_wire.messages import PROTOCOL_VERSION

pytestmark = pytest.mark.slow

#: Seconds that the long wait takes at least; the brief one is half a second on an idle machine.
LONG = 10.0


@pytest.fixture
def silent(home: Path) -> Iterator[socket.socket]:
    """Somebody's port that takes connections and never says a word, named by a stale endpoint."""
    paths.make_private(home)
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint.write(endpoint.Endpoint(server.getsockname()[1], "old", os.getpid(), PROTOCOL_VERSION, "old"))
        yield server


def test_silent_port_of_a_stale_endpoint_is_given_up(silent: socket.socket) -> None:
    """Where no engine runs nobody waits for one, and what is said is that."""
    started = time.monotonic()
    with pytest.raises(EngineUnavailable, match="not running"):
        Link.connect()
    assert lifecycle.status() is None
    assert lifecycle.stop() is False
    assert launch.answering() is None
    assert time.monotonic() - started < LONG


def test_port_with_a_full_queue_is_given_up(home: Path) -> None:
    """A program that takes no connections at all is no reason to wait either."""
    paths.make_private(home)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        for _ in range(4):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(server.getsockname())
        endpoint.write(endpoint.Endpoint(server.getsockname()[1], "old", os.getpid(), PROTOCOL_VERSION, "old"))
        started = time.monotonic()
        with pytest.raises(EngineUnavailable):
            Link.connect()
        assert time.monotonic() - started < LONG


def test_port_that_only_drips_is_given_up(silent: socket.socket) -> None:
    """A byte now and then is not a greeting."""

    def drip() -> None:
        with contextlib.suppress(OSError):
            client, _ = silent.accept()
            while True:
                client.sendall(b"\0")
                time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    started = time.monotonic()
    with pytest.raises(EngineUnavailable):
        Link.connect()
    assert time.monotonic() - started < LONG


def test_slow_engine_is_waited_for(process: subprocess.Popen[str]) -> None:
    """An engine that is held up for longer than a stale port would be given is still the engine."""
    process.send_signal(signal.SIGSTOP)
    threading.Timer(2.0, process.send_signal, [signal.SIGCONT]).start()
    with Link.connect() as link:
        assert link.status().pid == process.pid


def test_engine_that_hangs_has_a_deadline(process: subprocess.Popen[str]) -> None:
    """One that runs and never answers is named as such."""
    process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(EngineUnavailable, match="does not answer"):
            Link.connect(timeout=1.0)
    finally:
        process.send_signal(signal.SIGCONT)


def test_new_engine_is_found_while_the_stale_port_is_silent(silent: socket.socket) -> None:
    """Whoever waits for a silent port because an engine is starting goes over to that one once it is published."""
    found: list[Link] = []
    waiting = threading.Thread(target=lambda: found.append(Link.connect(timeout=PATIENCE)))
    with lock.acquire(), scripted(greet) as fresh:
        waiting.start()
        time.sleep(1.0)
        assert waiting.is_alive()
        endpoint.write(fresh)
        waiting.join(PATIENCE)
    assert [link.endpoint for link in found] == [fresh]
    found[0].close()


def test_looking_at_the_lock_never_keeps_an_engine_from_starting(home: Path, starter: Starter) -> None:
    """Several programs look without a pause; each engine comes up all the same, and is seen."""
    paths.make_private(home)
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            lock.is_held()

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for each in lookers:
        each.start()
    try:
        for _ in range(20):
            held = lock.acquire()
            assert lock.is_held()
            held.close()
        starter()
    finally:
        over.set()
        for each in lookers:
            each.join()


def test_program_that_is_held_up_while_it_looks(home: Path) -> None:
    """A program stopped in the middle of looking delays an engine, which does not mistake it for another engine."""
    import fcntl

    paths.make_private(home)
    paths.lock_file().touch()
    with paths.lock_file().open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.7, fcntl.flock, [looking, fcntl.LOCK_UN]).start()
        lock.acquire().close()


def test_lock_of_another_engine_is_refused_at_once(home: Path) -> None:
    """A second engine says so without waiting."""
    with lock.acquire(), pytest.raises(EngineUnavailable, match="already running"):
        lock.acquire()
    assert not lock.is_held()


def test_no_lock_is_nobodys(home: Path) -> None:
    """Looking makes no folder and no file."""
    assert not lock.is_held()
    assert not home.exists()
    assert not is_published()
