"""What the dialog says and offers after a problem, and what a report may tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from text_replace_plugin import problems
from text_replace_plugin.problems import Remedy
from text_replace_wire import endpoint, errors
from text_replace_wire.endpoint import Endpoint


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    return tmp_path


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
        report = problems.diagnostics(problems.of(error, preset="fast"))
    for hidden in ("grandmother", "/home", "photo", "hush", str(state), str(Path(__file__).parent)):
        assert hidden not in report
    told = json.loads(report)
    assert told["kind"] == "bug" and told["preset"] == "fast" and told["engine"] == {"running": False}
    assert any("test_problems.py" in place for place in told["traceback"])


def test_unforeseen_errors_go_to_the_log(state: Path) -> None:
    """What the sentence leaves out is in the log that it names."""
    message = problems.of(ZeroDivisionError("division by naught")).message
    assert "plug-in.log" in message
    assert "division by naught" in (state / "log" / "plug-in.log").read_text()
