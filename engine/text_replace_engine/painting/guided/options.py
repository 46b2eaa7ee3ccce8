"""What guided diffusion can be asked: its presets, and the options that it takes besides."""

from __future__ import annotations

import dataclasses
from typing import Any

from text_replace_engine.painting.guided.sampling.presets import (
    LONGEST_GRID,
    PRESETS,
    Preset,
    PresetSettings,
    Sampler,
)
from text_replace_engine.painting.options import ANY_SCHEDULER, check_value
from text_replace_wire.errors import UserError
from text_replace_wire.model_messages import PainterEntry
from text_replace_wire.option import Entry, Kind, Option, Owner
from text_replace_wire.options import GUIDANCE_SCALE, STEPS, STRENGTH, WORKING_SIZE
from text_replace_wire.painting import Painting

#: Where the paper's sweep ends (its Figure 7).
_MAX_LAMBDA = 10**6
_MAX_CUTOUTS = 64


def _lambda(name: str, of: str, explanation: str) -> Option:
    return Option(
        name,
        Kind.NUMBER,
        None,
        f"λ of {of}",
        explanation,
        most=_MAX_LAMBDA,
        noun=f"λ of {of}",
        owner=Owner.PAINTER,
    )


LAMBDA_CLIP = _lambda("lambda-clip", "CLIP", "Weight of the prompt's loss.")
LAMBDA_LPIPS = _lambda("lambda-lpips", "LPIPS", "Weight of the surroundings' perceptual loss.")
LAMBDA_L2 = _lambda("lambda-l2", "L2", "Weight of the surroundings' squared difference.")
CUTOUTS = Option(
    "cutouts",
    Kind.INTEGER,
    None,
    "Views",
    "Views of the painted picture that are compared with the prompt.",
    least=1,
    most=_MAX_CUTOUTS,
    noun="number of views",
    owner=Owner.PAINTER,
)
SCHEDULER = dataclasses.replace(
    ANY_SCHEDULER,
    entries=(
        Entry(Sampler.DDIM, "DDIM", "Tens of steps, without new noise unless η says so"),
        Entry(Sampler.DDPM, "DDPM", "As published: many steps, each with new noise"),
    ),
)
ETA = Option(
    "eta",
    Kind.NUMBER,
    None,
    "η",
    "How much of DDPM's noise every step of DDIM adds; 0: none.",
    most=1,
    noun="η",
    owner=Owner.PAINTER,
)
#: Networks that were not distilled take as many steps as they have learnt.
GRID = dataclasses.replace(STEPS, most=LONGEST_GRID)
OPTIONS = (
    STRENGTH,
    GRID,
    SCHEDULER,
    ETA,
    GUIDANCE_SCALE,
    LAMBDA_CLIP,
    LAMBDA_LPIPS,
    LAMBDA_L2,
    CUTOUTS,
    WORKING_SIZE,
)
_BY_FIELD = {option.field: option for option in OPTIONS}
#: What takes a network that is told the prompt.
_OF_PROMPTED = {GUIDANCE_SCALE.field}
NAME = "guided diffusion"


def entry(prompted: bool) -> PainterEntry:
    """What can be asked. prompted: whether the network is told the prompt."""
    taken = tuple(field for field in _BY_FIELD if prompted or field not in _OF_PROMPTED)
    return PainterEntry("guided", tuple(preset.value for preset in Preset), taken)


ENTRY = entry(prompted=True)


def check(painting: Painting, prompted: bool = True) -> None:
    """Raises UserError for what guided diffusion cannot be asked. prompted: whether the network is told the prompt."""
    if painting.preset not in set(Preset):
        known = ", ".join(Preset)
        raise UserError(f"There is no preset “{painting.preset}” of {NAME}: use one of {known}.")
    for field, value in painting.options.items():
        if field not in _BY_FIELD:
            raise UserError(f"{NAME.capitalize()} has no option “{field}”; it takes {', '.join(_BY_FIELD)}.")
        check_value(_BY_FIELD[field], value)
    settings = settings_for(painting)
    if ETA.field in painting.options and settings.sampler is not Sampler.DDIM:
        raise UserError(f"η is of the {SCHEDULER.noun} ddim: leave it out, or give that {SCHEDULER.noun}.")
    if GUIDANCE_SCALE.field in painting.options and not (prompted and settings.prompted):
        whose = f"the preset “{painting.preset}” does" if prompted else "these models do"
        raise UserError(
            f"A {GUIDANCE_SCALE.noun} is for networks that are told the prompt, and {whose} not do that: leave it out; "
            "λ of CLIP says how strongly the prompt guides."
        )
    if painting.reshapes and not settings.grown:
        raise UserError(
            f"The preset “{painting.preset}” paints exactly the object: leave out growth and feather, or use another "
            "preset."
        )


def settings_for(painting: Painting) -> PresetSettings:
    """The preset with what was asked for instead of its own."""
    settings, asked = PRESETS[Preset(painting.preset)], painting.options
    own: dict[str, Any] = {
        option.field: asked[option.field]
        for option in (LAMBDA_CLIP, LAMBDA_LPIPS, LAMBDA_L2, ETA, GUIDANCE_SCALE)
        if option.field in asked
    }
    if SCHEDULER.field in asked:
        own["sampler"] = Sampler(asked[SCHEDULER.field])
    views = asked.get(CUTOUTS.field)
    if views is not None:
        own["cutouts"] = (max(1, int(views) // 2), int(views))
    settings = dataclasses.replace(settings, **own)
    if GRID.field in asked:
        settings = settings.with_grid(int(asked[GRID.field]))
    strength = asked.get(STRENGTH.field)
    return settings if strength is None else settings.with_strength(strength)
