"""What is told of work that takes long, where nobody watches a terminal."""

from __future__ import annotations

import time

import pytest

from text_replace_engine.cli import progress


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A night's run says how far it is, and how long it will take by what this run did itself; not for every case."""
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with progress.counting() as on_case:
        for done in range(10, 31):
            on_case("standard", done, 40)
            now += 20
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[0] == "standard: 13 of 40, 20.0 s each, about 9 minutes left"
