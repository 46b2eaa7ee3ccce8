"""`serve`, `start`, `stop` and `status` with a real engine."""

from __future__ import annotations

import json

import pytest

from tests.engine.cli.conftest import SOURCES, Command
from tests.engine.cli.fake_engine import FakeEngine


def test_status_without_an_engine(run: Command) -> None:
    """No engine is no error of the program, but scripts can tell by code 5."""
    ended = run("status")
    assert ended.code == 5
    assert "text-replace start" in ended.out
    assert run("status", "--json").out == "null\n"


def test_stop_without_an_engine(run: Command) -> None:
    """Stopping what does not run is done already."""
    assert run("stop").code == 0


@pytest.mark.slow
def test_life_of_an_engine(run: Command, fake: type[FakeEngine], monkeypatch: pytest.MonkeyPatch) -> None:
    """start, status, a second start, stop: each says what is, and none leaves an engine behind."""
    monkeypatch.setenv("PYTHONPATH", SOURCES)
    try:
        assert run("start").code == 0
        first = json.loads(run("status", "--json").out)
        assert first["busy"] is False
        assert run("start").code == 0
        assert json.loads(run("status", "--json").out)["pid"] == first["pid"]
    finally:
        assert run("stop").code == 0
    assert run("status").code == 5
