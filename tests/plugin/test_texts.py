"""What the progress says of the time that is left."""

from __future__ import annotations

import pytest

from text_replace_plugin.settings import check
from text_replace_plugin.texts import Narrator, TimeLeft
from text_replace_wire.messages import Progress, Stage


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


def test_variations_share_the_bar() -> None:
    """Every variation has its part of the painting, whatever comes after its steps, and the text says which it is."""
    narrator = Narrator(check(replace="apple", with_="orange"))
    told = [
        narrator.tell(Progress(stage, step, 2, variation=number, variations=2))
        for number, stage, step in ((0, Stage.EDIT, 2), (0, Stage.UPSCALE, 0), (1, Stage.EDIT, 1), (1, Stage.EDIT, 2))
    ]
    texts, fractions = zip(*told, strict=True)
    assert texts[0] == "Painting “orange” (1 of 2): step 2 of 2" and "(2 of 2): step 1" in texts[2]
    assert fractions == pytest.approx((0.535, 0.535, 0.7275, 0.92))
