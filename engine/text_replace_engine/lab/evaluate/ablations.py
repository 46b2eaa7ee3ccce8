"""Does each loss earn its place? The same edits without it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.lab.evaluate.edit_cases import EditCase
from text_replace_engine.lab.evaluate.judge import Judge
from text_replace_engine.models.bundle import Models
from text_replace_engine.painting.areas import parts_of
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.guided.paint import GuidedNetworks, PaintTask
from text_replace_engine.painting.guided.painter import GuidedPainter
from text_replace_engine.painting.guided.samples import GuidedSample, Piece, paint_samples
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.painting.region import edit_region
from text_replace_engine.painting.scorer import ClipScorer, best_first
from text_replace_engine.steps import finished, until
from text_replace_wire.api import IsCancelled
from text_replace_wire.options import seeds_from

_STANDARD = PRESETS[Preset.STANDARD]
#: What is left out, and the standard preset without it.
VARIANTS: Mapping[str, PresetSettings] = {
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
class Ablated:
    """One edit of one variant: each loss on x̂0 before blending, averaged over the steps, and the judge's probability
    of e.
    """

    clip: float
    lpips: float
    l2: float
    probability: float


@dataclass(frozen=True)
class Painted:
    """An edit in the true object's place: the sample, the picture RGB (h, w, 3) with it, and the edit region (h, w)."""

    sample: GuidedSample
    pixels: NDArray[np.uint8]
    region: NDArray[np.uint8]


def painted(models: Models, case: EditCase, settings: PresetSettings, cancelled: IsCancelled) -> Painted | None:
    """The edit by a preset, of its samples the one that CLIP ranks first; None where it was cancelled."""
    image = torch.from_numpy(case.pixels.copy()).permute(2, 0, 1)[None].float() / 255
    mask = torch.from_numpy(case.mask)[None, None].float()
    canvas = Canvas(image, edit_region(mask) if settings.grown else mask, case.grey)
    network = models.denoiser
    parts = parts_of(canvas.region, network.size, network.multiple, network.sees_surroundings)
    networks = GuidedNetworks.of(models)
    with torch.inference_mode():
        target = models.clip.encode_text([case.with_])
    task = PaintTask(image, case.with_, target.clone(), settings, networks, case.grey)
    seeds = seeds_from(case.seed, settings.samples)
    work = paint_samples([Piece(task, part) for part in parts], seeds, 1, Course())
    samples = finished(until(work, lambda _: cancelled()))
    if samples is None:
        return None
    best = samples[best_first(ClipScorer(models.clip).scores(samples, case.with_))[0]]
    new = GuidedPainter(networks, torch.device("cpu")).render(canvas, best)
    return Painted(best, _blended(canvas, new), (canvas.region[0, 0] * 255).round().byte().numpy())


def outcomes(models: Models, judge: Judge, case: EditCase, cancelled: IsCancelled) -> dict[str, Ablated] | None:
    """The same edit by every variant, in the true object's place; None where it was cancelled."""
    found = {}
    for name, settings in VARIANTS.items():
        done = painted(models, case, settings, cancelled)
        if done is None:
            return None
        losses = [dataclasses.astuple(step) for step in done.sample.losses]
        clip, lpips, l2 = np.mean(losses, axis=0).round(9).tolist()
        verdict = judge.verdict(done.pixels, done.region)
        found[name] = Ablated(clip, lpips, l2, round(verdict.probabilities[case.with_], 4))
    return found


def _blended(canvas: Canvas, new: Tensor) -> NDArray[np.uint8]:
    blended = canvas.image * (1 - canvas.region) + new * canvas.region
    pixels: NDArray[np.uint8] = (blended[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return pixels
