"""The presets' table."""

from __future__ import annotations

import dataclasses

import pytest

from text_replace_engine.cli import options as cli_options
from text_replace_engine.painting.guided.options import settings_for
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset
from text_replace_wire.options import GUIDANCE_SCALE, PRESET, STEPS
from text_replace_wire.painting import Painting


@pytest.mark.parametrize("preset", Preset)
def test_every_preset_has_settings(preset: Preset) -> None:
    """Whatever preset can be asked for can be painted, as itself where nothing else is asked for."""
    assert settings_for(Painting(preset)) == PRESETS[preset]
    others = [PRESETS[other] for other in Preset if other is not preset]
    assert all(dataclasses.astuple(PRESETS[preset]) != dataclasses.astuple(other) for other in others)


def test_presets_are_the_same_everywhere() -> None:
    """GIMP's arguments, the command line and the painter offer the same presets."""
    offered = {entry.value for entry in PRESET.entries}
    assert offered == {preset.value for preset in Preset} == {preset.value for preset in cli_options.Preset}


def test_dialogs_begin_with_what_the_usual_preset_has() -> None:
    """Taking off the tick of a number changes nothing yet, for the models that everybody has."""
    usual = PRESETS[Preset.STANDARD]
    assert (GUIDANCE_SCALE.start, STEPS.start) == (usual.guidance_scale, usual.grid)
