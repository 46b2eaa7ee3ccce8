"""More clients than the engine has places: they wait and are told so, who only asks is answered, and nothing grows
without an end.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.service.conftest import PATIENCE, Starter, serving, until
from tests.engine.service.fake_engine import FakeEngine
from tests.engine.service.requests_for_tests import Edits, Raw, edit, find, ignore
from text_replace_engine.serving import lifecycle
from text_replace_engine.serving.places import Limits, Places
from text_replace_engine.serving.server import Server
from text_replace_wire import endpoint, launch
from text_replace_wire.api import Edited, never
from text_replace_wire.codec import PREFIX
from text_replace_wire.connection import MAX_BODY
from text_replace_wire.errors import Cancelled, EngineError
from text_replace_wire.link import Link
from text_replace_wire.messages import Progress, Stage

pytestmark = pytest.mark.slow

#: Pixels a side of an edit that needs a place.
LARGE = 300


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """An engine in this process with two places for requests."""
    limits = Limits(clients=8, controls=0, requests=2, strangers=3, greeting=20.0, heartbeat=0.1)
    with serving(FakeEngine, limits) as server:
        yield server


def waiting_for_a_place() -> Raw:
    """A client that says that a large request follows, sends some of it, and hears its place."""
    raw = Raw()
    raw.shout(PREFIX.pack(100, MAX_BODY) + bytes(1000))
    return raw


def test_the_seventeenth_waits(starter: Starter) -> None:
    """With the engine's own limits: 16 clients with pictures are at work, 50 more wait and hear their places, and
    status, start and stop are answered at once; all of them end with stop's sentence.
    """
    starter()
    edits = [Edits("slow", LARGE) for _ in range(66)]
    for each in edits:
        each.start()
    until(lambda: all(each.progress for each in edits))
    status = lifecycle.status()
    assert status is not None and status.queued == 65
    running = launch.answering()
    assert running is not None
    running.close()
    assert {each.progress[-1].stage for each in edits} <= {Stage.QUEUED, Stage.EDIT}
    assert max(each.progress[-1].step for each in edits if each.progress[-1].stage is Stage.QUEUED) == 65
    assert lifecycle.stop(PATIENCE)
    for each in edits:
        each.join(PATIENCE)
        assert isinstance(each.outcome, EngineError) and "stopped" in str(each.outcome)


def test_who_waits_gets_a_turn(server: Server) -> None:
    """Seven large requests with two places: each is done, after having been told that it waits."""
    edits = [Edits("quick", LARGE) for _ in range(7)]
    for each in edits:
        each.start()
    for each in edits:
        each.join(PATIENCE)
    assert all(isinstance(each.outcome, Edited) for each in edits), [each.outcome for each in edits]
    assert sum(each.progress[0].stage is Stage.QUEUED for each in edits) >= 5


def test_who_waits_can_cancel_and_the_others_move_up(server: Server) -> None:
    """Leaving the line needs nobody else's end."""
    holders = [waiting_for_a_place() for _ in range(2)]
    until(lambda: server.status().queued == 0)
    second = Edits("quick", LARGE)
    second.start()
    until(lambda: bool(second.progress))
    third = Edits("quick", LARGE)
    third.start()
    until(lambda: bool(third.progress))
    assert (third.progress[0].stage, third.progress[0].step, third.progress[0].steps) == (Stage.QUEUED, 1, 2)
    second.cancelled.set()
    second.join(PATIENCE)
    assert isinstance(second.outcome, Cancelled)
    until(lambda: third.progress[-1].step == 0)
    holders[0].close()
    third.join(PATIENCE)
    assert isinstance(third.outcome, Edited)
    holders[1].close()


def test_who_waits_is_not_read(server: Server) -> None:
    """What a waiting client sends stays with it: only pictures that have a place are in the engine's memory."""
    holders = [waiting_for_a_place() for _ in range(2)]
    until(lambda: len(server._places._requesting) == 2)
    late = waiting_for_a_place()
    told = late.hear_anything()
    assert isinstance(told, Progress) and told.stage is Stage.QUEUED
    late.socket.settimeout(1.0)
    with pytest.raises(TimeoutError):
        late.socket.sendall(bytes(30 * 2**20))
    for raw in (*holders, late):
        raw.close()


def test_refused_request_gives_its_place_back(server: Server) -> None:
    """A large request that cannot be carried out leaves room for the next, on the same connection or another."""
    for _ in range(3):
        raw = Raw()
        request = edit("quick", LARGE, LARGE)
        object.__setattr__(request, "seed", -1)
        raw.shout(request)
        assert not isinstance(raw.hear(), Progress)
        # It stays, and has no place.
        assert raw.socket.fileno() >= 0
        until(lambda: not server._places._requesting)
    with Link.connect() as link:
        assert isinstance(link.edit(edit("quick", LARGE, LARGE), ignore, never), Edited)


def test_strangers_do_not_take_the_others_places(server: Server) -> None:
    """Connections that prove nothing, however many and however slowly they send, keep nobody out: the oldest goes."""
    strangers = []
    for _ in range(30):
        sock = socket.create_connection(("127.0.0.1", endpoint.read().port), 10)
        sock.sendall(b"\0")
        strangers.append(sock)
    with Link.connect() as link:
        link.find(find(), ignore, never)
    until(lambda: len(server._clients) <= 3)
    assert strangers[0].recv(1) == b""
    for sock in strangers:
        sock.close()


def can_enter() -> bool:
    """Whether another client would be greeted."""
    try:
        Link.connect().close()
    except EngineError:
        return False
    return True


def entered() -> Raw:
    """A client that was greeted, as soon as one can be: who has just left may still be counted."""
    greeted: list[Raw] = []

    def tried() -> bool:
        with contextlib.suppress(AssertionError):
            greeted.append(Raw())
        return bool(greeted)

    until(tried)
    return greeted[0]


def test_the_limit_is_the_engines_and_says_so(server: Server) -> None:
    """Beyond the last place: a sentence with the number, by which nobody has done anything wrong; a place that becomes
    free can be taken.
    """
    inside = [Raw() for _ in range(8)]
    with pytest.raises(EngineError, match="8 programs") as refusal:
        Link.connect()
    assert refusal.value.exit_code == 5
    inside[0].close()
    until(can_enter)
    for raw in inside:
        raw.close()


def test_full_engine_has_files_for_everybody(starter: Starter) -> None:
    """256 connections and what they need are within the number of open files, also where a session's own is low."""
    starter(prepare=_few_files)
    inside = [Raw() for _ in range(Limits().clients)]
    # Control requests still get through; work does not.
    assert lifecycle.status() is not None
    with Link.connect() as link, pytest.raises(EngineError, match="256"):
        link.find(find(), ignore, never)
    inside += [entered() for _ in range(Limits().controls)]
    with pytest.raises(EngineError, match="256"):
        Link.connect()
    assert all(isinstance(raw, Raw) for raw in inside)
    inside.pop().close()
    until(can_enter)
    for raw in inside:
        raw.close()


def _few_files() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def test_places_are_given_in_the_order_of_arrival() -> None:
    """The first who asked is the next, and asking again changes nothing."""
    places = Places(Limits(requests=1))
    assert [places.ahead(name) for name in "abcabc"] == [0, 1, 2, 0, 1, 2]
    places.give_back("a")
    assert [places.ahead(name) for name in "cba"] == [1, 0, 2]
    places.leave("b")
    assert (places.ahead("c"), places.waiting) == (0, 1)
