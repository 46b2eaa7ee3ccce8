"""What the photo painter can be asked, and what it makes of it."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pytest

from text_replace_engine.painting.latent.names import Scheduler
from text_replace_engine.painting.latent.sd15.options import check, settings_for
from text_replace_engine.painting.latent.sd15.presets import PresetSettings
from text_replace_wire.errors import UserError
from text_replace_wire.painting import Painting

DDIM, LCM = Scheduler.DDIM, Scheduler.LCM


@pytest.mark.parametrize(
    ("preset", "accelerated", "expected"),
    [
        ("standard", True, PresetSettings(DDIM, 25, 7.5, refine=True)),
        ("standard", False, PresetSettings(LCM, 6, 1.5)),
        ("fast", True, PresetSettings(LCM, 4, 1.0)),
        ("fast", False, PresetSettings(LCM, 4, 1.0)),
        ("best", True, PresetSettings(DDIM, 25, 7.5, samples=4, refine=True)),
        ("best", False, PresetSettings(LCM, 6, 1.5, samples=4)),
    ],
)
def test_presets(preset: str, accelerated: bool, expected: PresetSettings) -> None:
    """Many steps on a graphics card, and a second time; few on a processor."""
    check(Painting(preset))
    assert settings_for(Painting(preset), accelerated) == expected


def test_what_was_asked_for_is_taken() -> None:
    """Instead of the preset's own."""
    painting = Painting().with_options(
        strength=0.5,
        steps=10,
        guidance_scale=3.0,
        negative_prompt="people",
        working_size=256,
        scheduler="ddim",
        refine=True,
    )
    check(painting)
    settings = settings_for(painting, accelerated=False)
    assert settings == PresetSettings(DDIM, 10, 3.0, strength=0.5, negative_prompt="people", refine=True)
    assert settings.executed == 5 and settings.refinement.executed == round(0.35 * 10)
    assert dataclasses.replace(settings, strength=0.2).refinement.strength == 0.2


@pytest.mark.parametrize(("strength", "executed"), [(0.01, 1), (0.5, 2), (1.0, 4)])
def test_at_least_one_step_is_taken(strength: float, executed: int) -> None:
    """However little strength is asked for."""
    assert settings_for(Painting("fast").with_options(strength=strength), accelerated=True).executed == executed


@pytest.mark.parametrize(
    ("preset", "options", "said"),
    [
        ("paper", {}, "not guided by losses"),
        ("standard", {"lambda_clip": 1.0}, "not guided by losses; leave out lambda_clip."),
        ("standard", {"cutouts": 4, "lambda_l2": 1.0}, "leave out cutouts, lambda_l2."),
        ("quick", {}, "no preset “quick”"),
        ("standard", {"tiles": 4}, "no option “tiles”"),
        ("standard", {"steps": 51}, "from 1 to 50"),
        ("standard", {"steps": 2.5}, "whole number"),
        ("standard", {"guidance_scale": 0.5}, "from 1 to 20"),
        ("standard", {"strength": 0.0}, "above 0"),
        ("standard", {"working_size": 2000}, "working size"),
        ("standard", {"negative_prompt": 3}, "must be a text"),
        ("fast", {"negative_prompt": "people"}, "guidance scale above 1"),
        ("standard", {"negative_prompt": "people", "guidance_scale": 1.0}, "guidance scale above 1"),
        ("standard", {"scheduler": "euler"}, "use one of ddim, lcm"),
        ("standard", {"room": "vast"}, "use one of tight, normal, loose"),
        ("standard", {"refine": 1}, "must be true or false"),
        ("fast", {"scheduler": "ddim"}, "“fast” is not painted by ddim"),
    ],
)
def test_what_it_cannot_do_is_refused(preset: str, options: dict[str, Any], said: str) -> None:
    """In a sentence, before any network is loaded."""
    with pytest.raises(UserError, match=said) as raised:
        check(Painting(preset, options=options))
    assert raised.value.exit_code == 2


@pytest.mark.slow
def test_checking_loads_no_networks() -> None:
    """A wrong word is answered at once: no torch, no library of networks."""
    code = (
        "import sys, text_replace_engine.painting.latent.sd15.options; "
        "sys.exit(bool({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
