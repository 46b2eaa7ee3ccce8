"""Engines that die, are missing, or must be started, seen from a headless GIMP."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.service import fake_engine
from tests.gimp import engines
from tests.gimp.conftest import PICTURE
from tests.gimp.gimps import Gimp, run_scenario

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

SENTENCES = {
    "killed": "engine stopped",
    "stale, no command": "not running.*install",
    "stale, command missing": "/nowhere/text-replace",
    "command exits at once": "stopped right after",
}


@pytest.fixture(scope="session")
def results(gimp: Gimp, root: Path) -> Iterator[dict[str, Any]]:
    """An engine killed in the middle of an edit leaves a stale endpoint; then commands that fail; then one that works,
    where the GIMP has this Python. The one that is killed has no models, which would only take time.
    """
    home = root / f"state-{gimp.name}"
    with engines.running(home, program=[sys.executable, fake_engine.__file__, "600", "0"]):
        command = engines.command() if gimp.has_python else None
        found = run_scenario(gimp, "engine_life", home, picture=PICTURE, command=command)
    yield found
    engines.end(home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.parametrize("case", SENTENCES)
def test_sentence_and_no_change(results: dict[str, Any], case: str) -> None:
    """Cause and remedy, no new layer and no selection."""
    found = results[case]
    assert found["status"] == "error" and re.search(SENTENCES[case], found["message"]), found["message"]
    assert len(found["after"]["layers"]) == 1 and not found["after"]["selection"]


def test_engine_is_started_from_the_plug_in(gimp: Gimp, results: dict[str, Any]) -> None:
    """With the recorded command in place the same request works, past the stale endpoint file."""
    if not gimp.has_python:
        assert "started" not in results
        return
    assert results["started"]["status"] == "success", results["started"]["message"]
