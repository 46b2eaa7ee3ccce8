"""What the progress says of the time that is left."""

from __future__ import annotations

from text_replace_plugin.texts import TimeLeft


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
