"""Clients that are hostile, broken or from another version: refused with the reason, and nobody else notices."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.service.conftest import serving, until
from tests.engine.service.fake_engine import SLOW_STEPS, FakeEngine, steps_file
from tests.engine.service.requests_for_tests import Raw, edit, find, ignore
from text_replace_engine.serving.places import Limits
from text_replace_engine.serving.server import Server
from text_replace_wire import endpoint
from text_replace_wire.api import never
from text_replace_wire.codec import PREFIX
from text_replace_wire.connection import MAX_BODY
from text_replace_wire.errors import EngineError, FrameTooLarge, TooLarge, WrongSecret, WrongVersion
from text_replace_wire.link import Link
from text_replace_wire.messages import PROTOCOL_VERSION, Failed, Find, Hello, Progress, Welcome
from text_replace_wire.planes import Plane
from text_replace_wire.status_messages import StatusRequest

pytestmark = pytest.mark.slow

LIMITS = Limits(clients=3, controls=0, greeting=0.6, stalled=1.0, lingering=2.0, heartbeat=0.2)


@pytest.fixture(autouse=True)
def server(home: Path) -> Iterator[Server]:
    """An impatient engine in this process."""
    with serving(FakeEngine, LIMITS) as server:
        yield server


def assert_still_serves() -> None:
    with Link.connect() as link:
        link.find(find(), ignore, never)


def ending(raw: Raw) -> Failed:
    """The reason that the engine gives before it hangs up, which it does."""
    message = raw.hear()
    assert isinstance(message, Failed)
    assert raw.hear() is None
    return message


def test_wrong_secret() -> None:
    """Another user of the machine, who cannot read the secret, gets nothing."""
    with pytest.raises(WrongSecret):
        Link.connect(replace(endpoint.read(), secret="guess"))
    assert_still_serves()


def test_wrong_version() -> None:
    """A plug-in of another version is told to run the installer."""
    raw = Raw(greet=False)
    raw.shout(Hello(PROTOCOL_VERSION + 1, endpoint.read().secret, "new"))
    reason = ending(raw)
    assert reason.kind == WrongVersion.kind
    assert "installer" in reason.message
    assert_still_serves()


@pytest.mark.parametrize("first", [StatusRequest(), b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\0" * 64])
def test_who_does_not_greet_first_is_refused(first: StatusRequest | bytes) -> None:
    """Nothing is answered before the secret is proved: not a status, not a browser."""
    raw = Raw(greet=False)
    raw.shout(first)
    assert ending(raw).kind in ("protocol", "bad_frame", "frame_too_large", "wrong_secret")
    assert_still_serves()


@pytest.mark.parametrize("start", [b"", PREFIX.pack(4000, 0) + b"{"])
def test_who_never_greets_is_dropped(start: bytes) -> None:
    """A connection that proves nothing holds its place only for the greeting's time."""
    raw = Raw(greet=False)
    raw.shout(start)
    with pytest.raises((ConnectionError, AssertionError)):
        assert raw.hear() is not None


def test_who_stalls_inside_a_request_is_dropped() -> None:
    """Half a request does not hold memory for ever."""
    raw = Raw()
    raw.shout(PREFIX.pack(100, 50 * 2**20) + bytes(1000))
    with pytest.raises((ConnectionError, AssertionError)):
        assert raw.hear() is not None


def test_who_never_reads_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """An answer that nobody takes does not hold memory for ever."""
    raw = Raw(greet=False)
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.say(Hello(PROTOCOL_VERSION, endpoint.read().secret, "deaf"))
    assert isinstance(raw.hear(), Welcome)
    raw.say(edit("quick", 4000, 4000))
    until(lambda: "stalled" in caplog.text)
    raw.close()
    assert_still_serves()


def test_oversize_frame_is_refused_with_the_limit() -> None:
    """The announcement is enough; the reason arrives although the client is still sending."""
    raw = Raw()
    raw.shout(PREFIX.pack(10, MAX_BODY + 1))
    poured: list[int] = []
    sender = threading.Thread(target=_pour, args=(raw.socket, 30 * 2**20, poured))
    sender.start()
    reason = ending(raw)
    assert reason.kind == FrameTooLarge.kind
    assert str(MAX_BODY) in reason.message
    sender.join(10)
    assert poured, "closing over unread data can destroy the reason on its way"
    raw.close()
    assert_still_serves()


def _pour(sock: socket.socket, count: int, poured: list[int]) -> None:
    with contextlib.suppress(OSError):
        sock.sendall(bytes(count))
        poured.append(count)


def test_oversize_search_copy_is_refused_and_the_client_goes_on() -> None:
    """A request over a limit names the limit; the connection stays good for a smaller one."""
    with Link.connect() as link:
        request = object.__new__(Find)
        for name, value in vars(find()).items():
            object.__setattr__(request, name, value)
        object.__setattr__(request, "image", Plane(1281, 10, 1, bytes(12810)))
        with pytest.raises(TooLarge, match="1280"):
            link.find(request, ignore, never)
        link.find(find(), ignore, never)


def test_second_request_during_work_is_refused() -> None:
    """One request at a time on a connection; the running one is cancelled with it."""
    raw = Raw()
    raw.say(edit("slow"))
    until(steps_file().exists)
    raw.shout(find())
    while isinstance(message := raw.hear(), Progress):
        pass
    assert isinstance(message, Failed)
    assert message.kind == "protocol"
    with Link.connect() as link:
        until(lambda: not link.status().busy)
    assert len(steps_file().read_text().splitlines()) < SLOW_STEPS
    raw.close()


def test_too_many_clients() -> None:
    """One client too many is told so, which is not its own mistake; a place that becomes free can be taken."""
    inside = [Raw() for _ in range(LIMITS.clients)]
    outside = Raw(greet=False)
    outside.say(Hello(PROTOCOL_VERSION, endpoint.read().secret, "one too many"))
    reason = ending(outside)
    assert reason.kind == EngineError.kind
    assert str(LIMITS.clients) in reason.message
    outside.close()
    inside[0].close()

    def can_enter() -> bool:
        raw = Raw(greet=False)
        raw.shout(Hello(PROTOCOL_VERSION, endpoint.read().secret, "test"))
        entered = isinstance(raw.hear(), Welcome)
        raw.close()
        return entered

    until(can_enter)
    for raw in inside:
        raw.close()
