"""The file that GIMP starts, speed of the query phase, refused arguments, the last net for mistakes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from text_replace_plugin import outcome, settings
from text_replace_plugin.outcome import Ending
from text_replace_wire.errors import BadPrompt, Cancelled, NotFound, UserError

ENTRY = Path(__file__).resolve().parents[2] / "plugin" / "text-replace" / "text-replace.py"


def test_started_by_hand_it_says_what_it_is() -> None:
    """Neither GIMP's arguments: one sentence and exit status 2, no traceback."""
    done = subprocess.run([sys.executable, str(ENTRY)], capture_output=True, text=True)
    assert done.returncode == 2 and "GIMP's plug-ins folder" in done.stderr and "Traceback" not in done.stderr


def test_is_executable_and_named_like_its_folder() -> None:
    """GIMP 3 skips a plug-in silently when it is not."""
    assert ENTRY.stat().st_mode & 0o111 and ENTRY.parent.name == ENTRY.stem


def test_settings_are_checked_and_stripped() -> None:
    """Spaces around prompts are dropped; a seed that was given is kept."""
    checked = settings.check(replace=" red apple ", with_="orange", seed=12, preset="best", models="full")
    assert (checked.replace, checked.with_, checked.seed) == ("red apple", "orange", 12)
    assert (checked.painting.preset, checked.models) == ("best", "full")


def test_random_seeds_differ() -> None:
    """−1 draws a new number each time."""
    drawn = {settings.check(replace="a", with_="b").seed for _ in range(8)}
    assert len(drawn) > 1 and all(0 <= seed < 2**31 for seed in drawn)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"replace": ""}, BadPrompt, "“Replace” is empty"),
        ({"with_": " "}, BadPrompt, "“With” is empty"),
        ({"seed": -2}, UserError, "−1 for a random one"),
        ({"seed": 2**31}, UserError, "2147483647"),
        ({"preset": "dreamy"}, UserError, "standard, fast, best, paper"),
        ({"models": ""}, UserError, "no name"),
    ],
)
def test_refused_settings(arguments: dict[str, Any], error: type[UserError], words: str) -> None:
    """A value that does not exist is named together with those that do; which models there are only an engine knows."""
    with pytest.raises(error, match=words):
        settings.check(**{"replace": "a", "with_": "b", **arguments})


def test_outcomes() -> None:
    """A value, a cancel and an error of ours each end as what they are."""

    def fails(error: Exception) -> object:
        raise error

    assert outcome.of(lambda: 5) == outcome.Outcome(Ending.DONE, value=5)
    assert outcome.of(lambda: fails(Cancelled("x"))).ending is Ending.CANCELLED
    assert outcome.of(lambda: fails(NotFound("I saw a dog."))) == outcome.Outcome(Ending.FAILED, "I saw a dog.")
    assert "out of memory" in outcome.of(lambda: fails(MemoryError())).message


def test_a_mistake_of_ours_names_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything unexpected becomes one sentence with the path of the log, which has the traceback."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    ended = outcome.of(lambda: 1 // 0)
    log = tmp_path / "log" / "plug-in.log"
    assert ended.ending is Ending.FAILED and str(log) in ended.message
    assert "ZeroDivisionError" in log.read_text()
