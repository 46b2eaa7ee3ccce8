"""What a client gets from a running engine: progress, answers, named failures, its turn, and a cancel that works."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from tests.engine.service.conftest import PATIENCE, Starter, command, is_published, until
from tests.engine.service.fake_engine import SLOW_STEPS, STEP, steps_file
from tests.engine.service.requests_for_tests import Edits, Raw, edit, find, ignore
from text_replace_wire import paths
from text_replace_wire.api import Edited, never
from text_replace_wire.errors import Cancelled, InternalError, NotFound, OutOfMemory
from text_replace_wire.link import Link
from text_replace_wire.messages import Cancel, Failed, Found, Keep, Progress, Stage
from text_replace_wire.planes import Plane

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def one_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One engine for all of these tests: each leaves it idle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(tmp_path_factory.mktemp("requests")))
        process = subprocess.Popen(command(), stdin=subprocess.DEVNULL)
        until(is_published)
        yield
        process.kill()
        process.wait()


def steps_done() -> int:
    return len(steps_file().read_text().splitlines()) if steps_file().exists() else 0


def assert_no_more_steps() -> None:
    done = steps_done()
    time.sleep(10 * STEP)
    assert steps_done() == done


def test_find_and_edit_on_one_connection() -> None:
    """The two requests of a replacement; every step of the edit is told, in order, with its preview."""
    told: list[Progress] = []
    with Link.connect() as link:
        found = link.find(find(), ignore, never)
        edited = link.edit(edit("quick"), told.append, never)
        status = link.status()
    assert [each.label for each in found.candidates] == ["apple"]
    assert [variation.report for variation in edited.variations] == [{"seed": 1, "kept_at": None}]
    steps = [each for each in told if each.stage is Stage.EDIT and each.preview]
    assert [(each.step, each.steps) for each in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert steps[2].preview == Plane(2, 2, 3, bytes([2]) * 12)
    assert (status.busy, status.queued, status.models, status.device) == (False, 0, ("fake",), "fake")


def test_mistake_is_reported_with_the_log_and_the_engine_lives() -> None:
    """A bug costs one request: its client is told where the log is, the log has the traceback, and no prompt."""
    with Link.connect() as link:
        with pytest.raises(InternalError, match="log") as caught:
            link.edit(edit("crash"), ignore, never)
        assert isinstance(link.edit(edit("quick"), ignore, never), Edited)
    log = paths.log_dir() / "engine.log"
    assert str(log) in str(caught.value)
    text = log.read_text()
    assert "Traceback" in text
    assert "ZeroDivisionError" in text
    assert "Edit: bug after" in text
    assert "Edit: done after" in text
    assert "quick" not in text


def test_failures_keep_their_kind() -> None:
    """The client raises the very error that stopped the work, and can go on."""
    with Link.connect() as link:
        with pytest.raises(OutOfMemory):
            link.edit(edit("memory"), ignore, never)
        with pytest.raises(NotFound, match="I looked for"):
            link.edit(edit("not found"), ignore, never)
        assert isinstance(link.find(find(), ignore, never), Found)


def test_cancel_frees_the_engine_within_a_step() -> None:
    """The user's Cancel ends the wait, the work after the running step, and the next request has its turn."""
    done = steps_done()
    running = Edits("slow")
    running.start()
    until(lambda: len(running.progress) > 3)
    running.cancelled.set()
    running.join(PATIENCE)
    assert isinstance(running.outcome, Cancelled)
    with Link.connect() as link:
        link.find(find(), ignore, never)
    assert_no_more_steps()
    assert steps_done() - done < SLOW_STEPS


def test_keep_ends_an_edit_with_the_best_so_far() -> None:
    """Keep brings the answer after the running step, and the connection serves the next request."""
    running = Edits("slow")
    running.start()
    until(lambda: len(running.progress) > 3)
    running.kept.set()
    running.join(PATIENCE)
    assert isinstance(running.outcome, Edited)
    assert 0 < running.outcome.variations[0].report["kept_at"] < SLOW_STEPS
    assert_no_more_steps()


def test_keep_before_the_first_step_waits_for_it() -> None:
    """Keep pressed while the edit waits or loads takes effect after the first step, and Cancel still works after it."""
    early = Edits("slow")
    early.kept.set()
    early.start()
    early.join(PATIENCE)
    assert isinstance(early.outcome, Edited)
    assert early.outcome.variations[0].report["kept_at"] == 1
    long = Edits("one long step")
    long.kept.set()
    long.start()
    until(lambda: bool(long.progress))
    long.cancelled.set()
    long.join(PATIENCE)
    assert isinstance(long.outcome, Cancelled)


@pytest.mark.slow
def test_cancel_message_leaves_the_connection_usable() -> None:
    """A client that says Cancel instead of leaving is answered, and may ask for something else; what comes too late
    does no harm.
    """
    raw = Raw()
    raw.say(edit("slow"))
    while not (isinstance(message := raw.hear(), Progress) and message.stage is Stage.EDIT):
        pass
    raw.say(Cancel())
    while isinstance(message := raw.hear(), Progress):
        pass
    assert isinstance(message, Failed)
    assert message.kind == "cancelled"
    assert_no_more_steps()
    raw.say(Cancel())
    raw.say(Keep())
    raw.say(find())
    while isinstance(message := raw.hear(), Progress):
        pass
    assert isinstance(message, Found)


@pytest.mark.parametrize(
    "leave", [lambda raw: raw.socket.shutdown(socket.SHUT_WR), pytest.param(Raw.close, marks=pytest.mark.slow)]
)
def test_end_of_file_cancels(leave: Callable[[Raw], None]) -> None:
    """A client that vanishes (a crashed GIMP), or only says that it has nothing more to say, does not keep the engine
    working.
    """
    raw = Raw()
    raw.say(edit("slow"))
    done = steps_done()
    until(lambda: steps_done() > done + 3)
    leave(raw)
    with Link.connect() as link:
        until(lambda: not link.status().busy)
    assert steps_done() - done < SLOW_STEPS
    assert_no_more_steps()


@pytest.mark.slow
def test_two_clients_take_turns() -> None:
    """The second client is told its place, waits for the first, and is then served."""
    first, second = Edits("slow"), Edits("quick")
    first.start()
    until(lambda: len(first.progress) > 3)
    second.start()
    until(lambda: len(second.progress) > 1)
    assert {(each.stage, each.step, each.steps) for each in second.progress} == {(Stage.QUEUED, 1, 2)}
    with Link.connect() as link:
        status = link.status()
    assert (status.busy, status.queued, status.idle_seconds) == (True, 1, 0.0)
    first.cancelled.set()
    second.join(PATIENCE)
    assert isinstance(second.outcome, Edited)
    assert second.progress[-1].stage is Stage.EDIT


@pytest.mark.slow
def test_waiting_client_can_cancel_while_another_works() -> None:
    """Leaving the queue needs no step of somebody else's edit, and the others move up."""
    first, second, third = Edits("slow"), Edits("quick"), Edits("quick")
    first.start()
    until(lambda: len(first.progress) > 3)
    second.start()
    until(lambda: bool(second.progress))
    third.start()
    until(lambda: bool(third.progress))
    assert third.progress[0].step == 2
    second.cancelled.set()
    second.join(PATIENCE)
    assert isinstance(second.outcome, Cancelled)
    until(lambda: third.progress[-1].step == 1)
    assert first.is_alive()
    first.cancelled.set()
    third.join(PATIENCE)
    assert isinstance(third.outcome, Edited)


@pytest.mark.slow
def test_signs_of_life_during_a_long_step() -> None:
    """One step that takes long is not mistaken for a dead engine: where the step began is said again meanwhile."""
    told: list[Progress] = []
    with Link.connect() as link:
        link.edit(edit("one long step"), told.append, never)
    assert sum((each.stage, each.step) == (Stage.EDIT, 0) for each in told) > 1


@pytest.mark.slow
def test_request_during_loading_waits_with_signs_of_life(starter: Starter) -> None:
    """The engine answers at once, before its models are there, and says that it is loading them."""
    starter(loading=3)
    told: list[Progress] = []
    with Link.connect() as link:
        assert link.status().models == ()
        assert not link.status().busy
        link.find(find(), told.append, never)
        assert link.status().models == ("fake",)
    assert [each.stage for each in told[:2]] == [Stage.LOADING, Stage.LOADING]
    assert told[-1].stage is Stage.CHOOSE


def test_models_are_loaded_before_the_first_request() -> None:
    """The engine uses the time in which the user types."""
    with Link.connect() as link:
        until(lambda: link.status().models == ("fake",))
