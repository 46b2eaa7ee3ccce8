"""The progress bar's words."""

from __future__ import annotations

from text_replace_engine.cli import progress
from text_replace_wire.messages import Stage


def test_every_stage_has_words_of_its_own() -> None:
    """Whatever the engine does, a terminal says what it is; a new stage cannot stop a command for want of words."""
    assert set(progress._WORDS) == set(Stage)
    assert all(progress._WORDS.values()) and len(set(progress._WORDS.values())) == len(Stage)
