"""What the dialog says and offers after a problem, and what a report may tell."""

from __future__ import annotations

import json
import socket
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.engine.service.conftest import serving
from tests.engine.service.fake_engine import FakeEngine
from text_replace_plugin import problems
from text_replace_plugin.problems import Probe, Remedy
from text_replace_wire import endpoint, errors
from text_replace_wire.codec import encode
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.messages import PROTOCOL_VERSION, Welcome


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    return tmp_path


def probed() -> dict[str, Any]:
    probe = Probe()
    probe.join(30)
    assert not probe.is_alive()
    return probe.found


@pytest.mark.parametrize(
    ("error", "remedies"),
    [
        (errors.EngineUnavailable("x"), (Remedy.START_ENGINE, Remedy.OPEN_LOG)),
        (errors.EngineLost("x"), (Remedy.START_ENGINE, Remedy.OPEN_LOG)),
        (errors.ModelMissing("x"), (Remedy.PULL_MODELS,)),
        (errors.ModelDamaged("x"), (Remedy.PULL_MODELS,)),
        (errors.CannotPaint("x"), (Remedy.PULL_MODELS,)),
        (errors.NotFound("x"), ()),
        (errors.InternalError("x"), (Remedy.OPEN_LOG,)),
        (KeyError("x"), (Remedy.OPEN_LOG,)),
    ],
)
def test_remedy_fits_the_problem(error: Exception, remedies: tuple[Remedy, ...], state: Path) -> None:
    """The user is offered what helps, and nothing that does not."""
    assert problems.of(error).remedies == remedies


def test_diagnostics_tell_no_secret(state: Path) -> None:
    """A report that is pasted in public has neither the words of the user, nor places on the disk, nor the secret."""
    endpoint.write(Endpoint(port=9, secret="hush", pid=1, protocol=2, engine="x"))
    try:
        raise RuntimeError("my grandmother in /home/someone/photo.png")
    except RuntimeError as error:
        report = problems.diagnostics(problems.of(error, preset="fast"), probed())
    for hidden in ("grandmother", "/home", "photo", "hush", str(state), str(Path(__file__).parent)):
        assert hidden not in report
    told = json.loads(report)
    assert told["kind"] == "bug" and told["preset"] == "fast"
    assert told["engine"] == {"running": False, "error": "ConnectionRefusedError"}
    assert any("test_problems.py" in place for place in told["traceback"])


@pytest.mark.parametrize("greeting", [None, Welcome(PROTOCOL_VERSION, "silent")])
def test_report_does_not_wait_for_a_silent_engine(
    greeting: Welcome | None, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that hangs, which may be what the report is about, is told as one, soon and beside the windows."""
    monkeypatch.setattr(problems, "PATIENCE", 0.3)
    told = threading.Event()

    def hang(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client:
            if greeting is not None:
                client.recv(1 << 16)
                client.sendall(encode(greeting))
            told.wait(60)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=hang, args=(listener,))
        thread.start()
        endpoint.write(Endpoint(listener.getsockname()[1], "hush", 1, PROTOCOL_VERSION, "x"))
        found = probed()
        is_still_hanging = thread.is_alive()
        told.set()
        thread.join()
    assert found == {"running": False, "error": "EngineLost"}
    assert is_still_hanging


def test_report_tells_of_the_running_engine(state: Path) -> None:
    """Version, models and device are what a developer asks for first."""
    with serving(FakeEngine):
        found = probed()
    assert found["running"] and found["version"].startswith("text-replace") and found["device"] == "fake"


def test_unforeseen_errors_go_to_the_log(state: Path) -> None:
    """What the sentence leaves out is in the log that it names."""
    message = problems.of(ZeroDivisionError("division by naught")).message
    assert "plug-in.log" in message
    log = state / "log" / "plug-in.log"
    assert "division by naught" in log.read_text()
    assert [stat.S_IMODE(place.stat().st_mode) for place in (log.parent, log)] == [0o700, 0o600]
