"""What guided diffusion can be asked beside its presets, and what each of those means in their terms."""

from __future__ import annotations

from typing import Any

import pytest

from text_replace_engine.painting.guided.options import check, entry, settings_for
from text_replace_engine.painting.guided.sampling.presets import LONGEST_GRID, PRESETS, Preset, Sampler
from text_replace_engine.sets.paper import FULL_SET, STARTER_SET
from text_replace_wire.errors import UserError
from text_replace_wire.painting import Painting


def test_options_are_named_parts_of_a_preset() -> None:
    """The paper's sampler, steps and λ's asked for one by one are what its preset says, as far as options go."""
    published = PRESETS[Preset.PAPER]
    asked = {"scheduler": "ddpm", "steps": 100, "strength": 1.0, "lambda_clip": 1000.0, "guidance_scale": 1.0}
    settings = settings_for(Painting(options=asked))
    for name in ("sampler", "grid", "skipped", "guidance_scale", "lambda_clip"):
        assert getattr(settings, name) == getattr(published, name)
    eta = settings_for(Painting(options={"eta": 0.4}))
    assert (eta.sampler, eta.eta) == (Sampler.DDIM, 0.4)


@pytest.mark.parametrize(
    ("options", "grid", "steps", "from_noise"),
    [
        ({"steps": 50}, 50, 40, None),
        ({"steps": 3}, 3, 2, None),
        ({"steps": 1}, 1, 1, None),
        ({"steps": 50, "strength": 0.5}, 50, 25, False),
        ({"steps": 50, "strength": 1.0}, 50, 50, True),
        ({"steps": LONGEST_GRID}, LONGEST_GRID, 800, None),
    ],
)
def test_steps_keep_the_share_that_runs(
    options: dict[str, Any], grid: int, steps: int, from_noise: bool | None
) -> None:
    """A finer grid skips as large a part of the noise; a strength says another share of it."""
    settings = settings_for(Painting(options=options))
    assert (settings.grid, settings.steps, settings.from_noise) == (grid, steps, from_noise)
    assert settings.refinement.grid <= LONGEST_GRID


@pytest.mark.parametrize(
    ("preset", "options", "said"),
    [
        ("standard", {"scheduler": "lcm"}, "no scheduler “lcm”: use one of ddim, ddpm"),
        ("standard", {"scheduler": 3}, "must be a text"),
        ("standard", {"steps": LONGEST_GRID + 1}, "from 1 to 1000"),
        ("standard", {"eta": 1.1}, "from 0 to 1"),
        ("standard", {"eta": 0.5, "scheduler": "ddpm"}, "η is of the scheduler ddim"),
        ("paper", {"eta": 0.5}, "η is of the scheduler ddim"),
        ("paper", {"guidance_scale": 2.0}, "the preset “paper” does not do that"),
    ],
)
def test_what_it_cannot_do_is_refused(preset: str, options: dict[str, Any], said: str) -> None:
    """In a sentence that says why, before any network runs."""
    with pytest.raises(UserError, match=said):
        check(Painting(preset, options=options))


def test_networks_that_are_not_told_the_prompt_have_no_guidance_scale() -> None:
    """The full models' denoisers: refused with a sentence, and not offered."""
    with pytest.raises(UserError, match="these models do not do that"):
        check(Painting(options={"guidance_scale": 2.0}), prompted=False)
    assert set(entry(True).options) - set(entry(False).options) == {"guidance_scale"}
    assert "guidance_scale" in STARTER_SET.painters()[0].options
    assert "guidance_scale" not in FULL_SET.painters()[0].options
