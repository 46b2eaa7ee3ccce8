"""The presets' table."""

from __future__ import annotations

import dataclasses

import pytest

from text_replace_engine.painting.guided.sampling.presets import PRESETS, adjusted
from text_replace_wire.adjustments import Adjustments
from text_replace_wire.messages import Preset


@pytest.mark.parametrize("preset", Preset)
def test_every_preset_has_settings(preset: Preset) -> None:
    """Whatever preset can be asked for can be painted, as itself where nothing else is asked for."""
    assert adjusted(preset, Adjustments()) == PRESETS[preset]
    others = [PRESETS[each] for each in Preset if each is not preset]
    assert all(dataclasses.astuple(PRESETS[preset]) != dataclasses.astuple(other) for other in others)
