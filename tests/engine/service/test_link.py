"""The client against engines that misbehave: no wait without an end, and the right name for what happened."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.engine.service.requests_for_tests import edit, find, ignore
from text_replace_wire import codec
from text_replace_wire import link as links
from text_replace_wire.api import never
from text_replace_wire.connection import Connection, Role
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.errors import Cancelled, EngineLost, EngineUnavailable, ProtocolError
from text_replace_wire.link import Link
from text_replace_wire.messages import PROTOCOL_VERSION, Found, Hello, Progress, Stage, Welcome
from text_replace_wire.planes import Plane
from text_replace_wire.status_messages import Status

pytestmark = pytest.mark.slow

Script = Callable[[socket.socket], None]
WELCOME = codec.encode(Welcome(PROTOCOL_VERSION, "script"))
PROGRESS = codec.encode(Progress(Stage.EDIT, 1, 2))
FOUND = codec.encode(Found((), (), "nothing"))


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[Endpoint]:
    """An engine that greets with `script`, in a thread, and closes when it returns."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client, contextlib.suppress(OSError):
                script(client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Endpoint(server.getsockname()[1], "secret", 1, PROTOCOL_VERSION, "script")
        thread.join(10)
        assert not thread.is_alive()


def greet(client: socket.socket) -> None:
    """Read the Hello, and only that, and answer it."""
    connection = Connection(Role.ENGINE)
    while not list(connection.receive(client.recv(1))):
        pass
    client.sendall(WELCOME)


def drain(client: socket.socket) -> None:
    while client.recv(1 << 20):
        pass


def test_silent_engine_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that hangs (stopped, swapping) is given up after a deadline."""
    monkeypatch.setattr(links, "SILENCE", 0.5)

    def script(client: socket.socket) -> None:
        greet(client)
        drain(client)

    lost = pytest.raises(EngineLost, match="has not answered")
    with scripted(script) as endpoint, Link.connect(endpoint) as link, lost:
        link.find(find(), ignore, never)


def test_signs_of_life_keep_a_long_request_going(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request may take longer than any silence, as long as the engine says something now and then."""
    monkeypatch.setattr(links, "SILENCE", 0.6)

    def script(client: socket.socket) -> None:
        greet(client)
        client.recv(1 << 20)
        for _ in range(10):
            time.sleep(0.2)
            client.sendall(PROGRESS)
        client.sendall(FOUND)
        drain(client)

    with scripted(script) as endpoint, Link.connect(endpoint) as link:
        assert link.find(find(), ignore, never).explanation == "nothing"


def test_busy_caller_does_not_mistake_itself_for_a_dead_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GIMP that was held up (a dialog, a sleeping laptop) finds what the engine said meanwhile."""
    monkeypatch.setattr(links, "SILENCE", 0.5)

    def script(client: socket.socket) -> None:
        greet(client)
        client.recv(1 << 20)
        client.sendall(PROGRESS)
        time.sleep(1.0)
        client.sendall(FOUND)
        drain(client)

    with scripted(script) as endpoint, Link.connect(endpoint) as link:
        assert link.find(find(), lambda progress: time.sleep(1.2), never).explanation == "nothing"


@pytest.mark.parametrize("last", [b"", PROGRESS, FOUND[:-3], FOUND[:5]])
def test_engine_that_dies_is_lost(last: bytes) -> None:
    """The end of the connection, also in the middle of an answer, is a lost engine and not a wrong version."""

    def script(client: socket.socket) -> None:
        greet(client)
        client.recv(1 << 20)
        client.sendall(last)

    with scripted(script) as endpoint, Link.connect(endpoint) as link:
        with pytest.raises(EngineLost, match="stopped"):
            link.find(find(), ignore, never)
        with pytest.raises(EngineLost):
            link.find(find(), ignore, never)


@pytest.mark.parametrize(
    "answer",
    [
        codec.encode(Status("e", 1, False, 0, 0.0, (), "")),
        codec.encode(Welcome(PROTOCOL_VERSION, "again")),
        b"\0\0\0\2\0\0\0\0\0\0\0\0{}",
        codec.encode(Progress(Stage.EDIT, 1, 2, Plane(1, 1, 1, b"\0"))).replace(b"[1, 1, 1]", b"[1, 0, 1]"),
    ],
)
def test_answer_that_makes_no_sense(answer: bytes) -> None:
    """An engine of another make is a protocol error, not a crash."""

    def script(client: socket.socket) -> None:
        greet(client)
        client.recv(1 << 20)
        client.sendall(answer)
        drain(client)

    with scripted(script) as endpoint, Link.connect(endpoint) as link, pytest.raises(ProtocolError):
        link.find(find(), ignore, never)


def test_answer_of_the_wrong_kind() -> None:
    """An edit that is answered with candidates is a protocol error."""

    def script(client: socket.socket) -> None:
        greet(client)
        client.recv(1 << 20)
        client.sendall(FOUND)
        drain(client)

    with scripted(script) as endpoint, Link.connect(endpoint) as link, pytest.raises(ProtocolError, match="Found"):
        link.edit(edit("quick"), ignore, never)


def test_cancel_works_while_the_engine_does_not_read() -> None:
    """A large picture on its way to an engine that is stuck does not hold Cancel up."""
    done = threading.Event()

    def script(client: socket.socket) -> None:
        greet(client)
        done.wait(60)

    asked: list[None] = []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > 50

    with scripted(script) as endpoint, Link.connect(endpoint) as link:
        with pytest.raises(Cancelled):
            link.edit(edit("quick", 3000, 3000), ignore, cancelled)
        done.set()


def test_cancel_is_polled_while_nothing_is_heard() -> None:
    """Cancel is noticed whether or not the engine says anything."""

    def script(client: socket.socket) -> None:
        greet(client)
        drain(client)

    asked: list[None] = []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > 10

    with scripted(script) as endpoint, Link.connect(endpoint) as link, pytest.raises(Cancelled):
        link.find(find(), ignore, cancelled)


def test_engine_hears_the_cancel() -> None:
    """What the engine reads after a cancel is a Cancel, then the end."""
    heard: list[str] = []

    def script(client: socket.socket) -> None:
        connection = Connection(Role.ENGINE)
        while data := client.recv(1 << 20):
            for message in connection.receive(data):
                heard.append(type(message).__name__)
                if isinstance(message, Hello):
                    client.sendall(connection.send(Welcome(PROTOCOL_VERSION, "script")))
        heard.append("end")

    with scripted(script) as endpoint, Link.connect(endpoint) as link, pytest.raises(Cancelled):
        link.find(find(), ignore, lambda: "Find" in heard)
    assert heard == ["Hello", "Find", "Cancel", "end"]


def test_engine_that_never_greets_is_unavailable() -> None:
    """Connecting has a deadline."""
    with scripted(drain) as endpoint, pytest.raises(EngineUnavailable, match="not running"):
        Link.connect(endpoint, timeout=0.5)


def test_callbacks_errors_come_out() -> None:
    """What the caller's own callback raises is not mistaken for the engine's fault."""

    def script(client: socket.socket) -> None:
        greet(client)
        client.recv(1 << 20)
        client.sendall(PROGRESS)
        drain(client)

    def fail(progress: Progress) -> None:
        raise KeyError("the caller's own")

    with scripted(script) as endpoint, Link.connect(endpoint) as link, pytest.raises(KeyError):
        link.find(find(), fail, never)
