"""What the progress says, and what of the time that is left."""

from __future__ import annotations

import pytest

from text_replace_plugin import settings
from text_replace_plugin.texts import _SPANS, Narrator, TimeLeft
from text_replace_wire.messages import Preset, Progress, Stage


def test_time_left_follows_the_pace_of_painting() -> None:
    """Loading the models says nothing about the painting; from its second step on, the rest takes as long as it did."""
    left = TimeLeft()
    assert left.tell(0.1, 0.0) == left.tell(0.2, 100.0) == left.tell(0.2, 101.0) == ""
    assert left.tell(0.4, 110.0) == "about 30 seconds left"
    assert left.tell(0.98, 139.0) == "about 1 second left"


def test_long_times_are_minutes() -> None:
    """Nobody counts 600 seconds."""
    left = TimeLeft()
    left.tell(0.5, 0.0)
    assert left.tell(0.6, 150.0) == "about 10 minutes left"


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_told(stage: Stage) -> None:
    """Whatever the engine does, the user reads what it is, in words of its own, and the bar stays within its ends."""
    asked = settings.check("apple", "orange", 1, "standard", "auto")
    texts = {each: Narrator(asked).tell(Progress(each, 1, 2)) for each in Stage}
    text, fraction = texts[stage]
    assert text and [each for each, (other, _) in texts.items() if other == text] == [stage]
    assert 0 <= fraction <= 1


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_only_goes_forward(stage: Stage) -> None:
    """A stage's part of the bar ends where the next one's begins, or before."""
    start, end = _SPANS[stage]
    pull = (Stage.FETCH, Stage.INSTALL)
    later = [each for each in list(Stage)[list(Stage).index(stage) + 1 :] if (each in pull) == (stage in pull)]
    assert start <= end <= min((_SPANS[each][0] for each in later), default=1.0)


def test_every_preset_has_a_label() -> None:
    """What the engine can do is in the dialog, with a label and an explanation of its own."""
    assert set(settings.PRESETS) == set(Preset)
    for column in zip(*settings.PRESETS.values(), strict=True):
        assert all(column) and len(set(column)) == len(column)
