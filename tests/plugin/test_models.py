"""Which models a dialog offers, before and after it has heard of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin import fake_engine
from tests.plugin.fake_engine import SETS
from text_replace_plugin import running_engine
from text_replace_plugin.gimp210 import parameters
from text_replace_plugin.model_choices import choices
from text_replace_wire.messages import Find
from text_replace_wire.model_messages import ModelSets, SetsRequest, Warm


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds another's engine."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))


def test_without_an_engine_there_are_four() -> None:
    """What every engine has; and what was used the last time, by its id, so that it is not lost."""
    assert [(choice.id, choice.label) for choice in choices((), "auto")] == [
        ("auto", "Automatic"),
        ("starter", "Starter"),
        ("photo", "Photo"),
        ("full", "Full"),
    ]
    assert [choice.id for choice in choices((), "toy")] == ["auto", "starter", "photo", "full", "toy"]


def test_an_engine_names_its_own() -> None:
    """In its order, ours by our names; what is not installed says so; what it does not know stays if it was chosen."""
    offered = choices(SETS.sets, "gone")
    assert [(choice.id, choice.label) for choice in offered] == [
        ("auto", "Automatic"),
        ("starter", "Starter"),
        ("full", "Full (not installed)"),
        ("toy", "Toy models"),
        ("gone", "gone"),
    ]
    assert offered[3].explanation == "Paint in one colour."
    assert [choice.id for choice in choices(SETS.sets, "toy")] == ["auto", "starter", "full", "toy"]


def test_gimp_2_names_the_command_that_fetches() -> None:
    """Where no button fetches models, the list says how: of those that can be fetched and are not there."""
    labels = {value: label for label, value in parameters.offering(choices(SETS.sets, "toy")).extra}
    assert labels["full"] == "Full (not installed): text-replace models pull full"
    assert (labels["starter"], labels["toy"], labels["auto"]) == ("Starter", "Toy models", "Automatic")


def test_a_running_engine_is_asked_and_made_ready() -> None:
    """The list first, then the chosen models are loaded; nothing else is asked."""
    told: list[ModelSets] = []
    with fake_engine.running() as engine:
        running_engine.prepare(told.append, "toy")
    assert told == [SETS]
    assert engine.seen[1:] == [SetsRequest(), Warm("toy")]
    assert not any(isinstance(message, Find) for message in engine.seen)


def test_no_engine_is_started_for_the_list(tmp_path: Path) -> None:
    """Without one nothing happens, although it is known how to start one."""
    started = tmp_path / "started"
    (tmp_path / "engine-command.json").write_text(f'["touch", "{started}"]')
    told: list[ModelSets] = []
    running_engine.prepare(told.append, "auto")
    assert told == [] and not started.exists()
