"""Does each loss earn its place? The same edits without it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from text_replace_wire.api import IsCancelled
from text_replace_engine.lab.evaluate.edit_cases import EditCase
from text_replace_engine.lab.evaluate.judge import Judge
from text_replace_engine.models.bundle import Models
from text_replace_engine.painting.areas import Part, parts_of
from text_replace_engine.painting.guided.samples import Painted, edit
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Settings
from text_replace_engine.painting.region import edit_region
from text_replace_engine.painting.upscale import upscale
from text_replace_engine.tensors import luma, place
from text_replace_wire.messages import Preset

_STANDARD = PRESETS[Preset.STANDARD]
#: What is left out, and the standard preset without it.
VARIANTS: Mapping[str, Settings] = {
    "nothing": _STANDARD,
    "λ_clip": dataclasses.replace(_STANDARD, lambda_clip=0.0),
    "λ_lpips": dataclasses.replace(_STANDARD, lambda_lpips=0.0),
    "λ_2": dataclasses.replace(_STANDARD, lambda_l2=0.0),
    "all λ": dataclasses.replace(_STANDARD, lambda_clip=0.0, lambda_lpips=0.0, lambda_l2=0.0),
    "prompt input": dataclasses.replace(_STANDARD, prompted=False),
}
#: The loss that a variant leaves out.
OWN = {"λ_clip": "clip", "λ_lpips": "lpips", "λ_2": "l2"}


@dataclass(frozen=True)
class Outcome:
    """One edit of one variant: each loss on x̂0 before blending, averaged over the steps, and the judge's probability
    of e.
    """

    clip: float
    lpips: float
    l2: float
    probability: float


def outcomes(models: Models, judge: Judge, case: EditCase, cancelled: IsCancelled) -> dict[str, Outcome] | None:
    """The same edit by every variant, in the true object's place; None where it was cancelled."""
    image = torch.from_numpy(case.pixels.copy()).permute(2, 0, 1)[None].float() / 255
    region = edit_region(torch.from_numpy(case.mask)[None, None].float())
    parts = parts_of(region, models.denoiser, models.denoiser.size)
    found = {}
    for name, settings in VARIANTS.items():
        painted = _painted(models, image, parts, case, settings, cancelled)
        if painted is None:
            return None
        clip, lpips, l2 = np.mean([dataclasses.astuple(each) for each in painted.losses], axis=0).round(9).tolist()
        verdict = judge.verdict(
            _pixels(models, image, parts, region, painted, case.grey), (region[0, 0] * 255).round().byte().numpy()
        )
        found[name] = Outcome(clip, lpips, l2, round(verdict.probabilities[case.with_], 4))
    return found


def _painted(
    models: Models,
    image: Tensor,
    parts: list[Part],
    case: EditCase,
    settings: Settings,
    cancelled: IsCancelled,
) -> Painted | None:
    steps = edit(image, parts, case.with_, settings, case.seed, models, case.grey, None)
    while not cancelled():
        try:
            next(steps)
        except StopIteration as end:
            painted: Painted = end.value.painted[0]
            return painted
    return None


def _pixels(
    models: Models, image: Tensor, parts: list[Part], region: Tensor, painted: Painted, grey: bool
) -> np.ndarray:
    result = image
    for part, picture in zip(parts, painted.images, strict=True):
        result = place(
            result,
            upscale(picture, (part.area.height, part.area.width), models.upscaler),
            part.area,
            part.region,
        )
    result = luma(result).expand_as(result) if grey else result
    blended = image * (1 - region) + result * region
    pixels: np.ndarray = (blended[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return pixels
