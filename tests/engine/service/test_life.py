"""The engine's life as the user sees it: one at a time, found again after a crash, gone when nobody needs it."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.engine.service.conftest import PATIENCE, Starter, is_published, until
from tests.engine.service.fake_engine import CLONE
from tests.engine.service.requests_for_tests import Edits, edit, ignore
from text_replace_engine.serving import lifecycle
from text_replace_wire import endpoint, paths
from text_replace_wire.api import Edited, never
from text_replace_wire.errors import EngineLost, EngineUnavailable, WrongVersion
from text_replace_wire.link import SILENCE, Link
from text_replace_wire.messages import PROTOCOL_VERSION

pytestmark = pytest.mark.slow

Engine = subprocess.Popen[str]


def test_only_this_user_on_this_machine_can_reach_it(process: Engine) -> None:
    """The engine listens on the loopback address only, and its secret is in a file for this user only."""
    published = endpoint.read()
    addresses = {
        each.laddr for each in psutil.Process(process.pid).net_connections("tcp") if each.status == psutil.CONN_LISTEN
    }
    assert addresses == {("127.0.0.1", published.port)}
    assert published.pid == process.pid
    assert len(published.secret) == 64
    assert stat.S_IMODE(paths.endpoint_file().stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_cancels_and_ends_cleanly(process: Engine, number: signal.Signals) -> None:
    """A polite kill during an edit: the client is told, the endpoint is gone, the exit code is 0."""
    running = Edits("slow")
    running.start()
    until(lambda: len(running.progress) > 3)
    process.send_signal(number)
    assert process.wait(10) == 0
    running.join(PATIENCE)
    assert isinstance(running.outcome, EngineLost)
    assert not paths.endpoint_file().exists()


def test_a_signal_that_another_thread_gets_ends_it(process: Engine) -> None:
    """A busy system may hand a polite kill to any thread of the engine: the main one still hears of it at once."""
    until(lambda: len(psutil.Process(process.pid).threads()) > 1)
    others = [thread.id for thread in psutil.Process(process.pid).threads() if thread.id != process.pid]
    assert ctypes.CDLL(None).tgkill(process.pid, others[0], signal.SIGTERM) == 0
    assert process.wait(10) == 0


def test_kill_during_an_edit_is_noticed(process: Engine, starter: Starter) -> None:
    """kill -9: the client hears EngineLost without waiting for a deadline, and the next engine recovers the stale file
    and lock.
    """
    running = Edits("slow")
    running.start()
    until(lambda: len(running.progress) > 3)
    process.kill()
    running.join(SILENCE / 2)
    assert isinstance(running.outcome, EngineLost)
    assert paths.endpoint_file().exists()
    with pytest.raises(EngineUnavailable):
        Link.connect()
    assert lifecycle.status() is None
    fresh = starter(published=False)
    until(lambda: endpoint.read().pid == fresh.pid)
    with Link.connect() as link:
        assert isinstance(link.edit(edit("quick"), ignore, never), Edited)


def test_second_start_is_refused_politely(process: Engine, starter: Starter) -> None:
    """A second engine says that one is running and leaves the first alone."""
    before = endpoint.read()
    second = starter(published=False)
    _, complaint = second.communicate(timeout=PATIENCE)
    assert second.returncode == EngineUnavailable.exit_code
    assert "already running" in complaint
    assert "Traceback" not in complaint
    assert endpoint.read() == before
    Link.connect().close()


def test_of_simultaneous_starts_one_wins(starter: Starter) -> None:
    """Two GIMPs that start an engine at the same moment get the same one."""
    starts = [starter(published=False) for _ in range(3)]
    until(lambda: sum(each.poll() is not None for each in starts) == 2)
    until(is_published)
    (winner,) = [each for each in starts if each.poll() is None]
    assert endpoint.read().pid == winner.pid
    Link.connect().close()


@pytest.mark.slow
def test_idle_engine_leaves(starter: Starter) -> None:
    """An engine that nobody asks gives its memory back, and a connection that is only open does not hold it."""
    process = starter(idle=1)
    with Link.connect():
        assert process.wait(PATIENCE) == 0
    assert not paths.endpoint_file().exists()


@pytest.mark.slow
def test_busy_engine_stays(starter: Starter) -> None:
    """Work that takes longer than the idle time is finished; the time counts from its end."""
    process = starter(idle=2)
    with Link.connect() as link:
        assert isinstance(link.edit(edit("one long step"), ignore, never), Edited)
        assert process.poll() is None
    assert process.wait(PATIENCE) == 0


def test_stop_ends_the_engine_and_its_work(process: Engine) -> None:
    """`stop` returns when the engine has gone, also where nobody collects its exit code (a container), and from the
    middle of an edit; the edit's client is told.
    """
    running = Edits("slow")
    running.start()
    until(lambda: len(running.progress) > 3)
    assert lifecycle.stop(wait=10) is True
    assert process.wait(5) == 0
    running.join(PATIENCE)
    assert isinstance(running.outcome, EngineLost)
    assert lifecycle.stop() is False


@pytest.mark.slow
def test_stop_does_not_wait_for_a_long_step(process: Engine) -> None:
    """A step that cannot be interrupted delays neither the end nor the client."""
    running = Edits("a step without end")
    running.start()
    until(lambda: len(running.progress) > 1)
    process.terminate()
    running.join(PATIENCE)
    assert isinstance(running.outcome, EngineLost)
    assert process.wait(PATIENCE) == 0


def test_status_of_a_running_engine(process: Engine) -> None:
    """`status` tells who runs."""
    status = lifecycle.status()
    assert status is not None
    assert status.pid == process.pid
    assert status.engine.startswith("text-replace ")


def test_no_engine(home: Path) -> None:
    """Without an engine there is no status and nothing to stop, and neither is an error."""
    assert lifecycle.status() is None
    assert lifecycle.stop() is False


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_stale_file_that_names_somebody_elses_port(home: Path, starter: Starter, answer: bytes) -> None:
    """A port that another program has taken since is not the engine; a new engine replaces the file."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=_answer_all, args=(other, answer), daemon=True).start()
        stale = endpoint.Endpoint(other.getsockname()[1], "old", os.getpid(), PROTOCOL_VERSION, "old")
        endpoint.write(stale)
        assert lifecycle.status() is None
        fresh = starter(published=False)
        until(lambda: endpoint.read().pid == fresh.pid)
        Link.connect().close()


def _answer_all(server: socket.socket, answer: bytes) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            client.sendall(answer)


def test_stale_file_with_another_engines_port(process: Engine, home: Path) -> None:
    """The port of an engine that has another secret is not ours: no status, nothing stopped."""
    published = endpoint.read()
    endpoint.write(replace(published, secret="old"))
    assert lifecycle.status() is None
    assert lifecycle.stop() is False
    assert process.poll() is None


def test_unusable_state_folder_is_explained(home: Path, starter: Starter) -> None:
    """A state folder that is a file: one sentence, no traceback."""
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("")
    refused = starter(published=False)
    _, complaint = refused.communicate(timeout=PATIENCE)
    assert refused.returncode == 5
    assert str(home) in complaint
    assert "Traceback" not in complaint


def test_an_engine_of_another_version_can_be_stopped(home: Path) -> None:
    """After an update an engine of the old version may still run: it is not asked for anything, but it can be ended."""
    code = (
        "from text_replace_wire import connection; connection.PROTOCOL_VERSION = 3; "
        "from tests.engine.service import fake_engine; fake_engine.main(600, 0)"
    )
    search = os.pathsep.join(map(str, (CLONE, CLONE / "engine", CLONE / "plugin" / "text-replace")))
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": search})
    try:
        until(is_published)
        with pytest.raises(WrongVersion, match="text-replace stop"):
            Link.connect()
        assert lifecycle.stop(wait=PATIENCE)
        assert process.wait(PATIENCE) == 0 and lifecycle.status() is None
    finally:
        process.kill()
