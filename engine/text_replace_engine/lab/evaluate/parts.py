"""What each preset, and each part of the standard one, buys: the same edits by all of them, in the true object's place.

Everything is measured as the presets paint: at the network's own size before the paste, in the whole picture after it.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from text_replace_engine.client.exchange import Replaced
from text_replace_engine.lab.evaluate.ablations import painted
from text_replace_engine.lab.evaluate.edit_cases import EditCase
from text_replace_engine.lab.evaluate.edits import Judges, read_beside_twin, seam_beside_twin
from text_replace_engine.models.bundle import Models
from text_replace_engine.models.networks.perceptual import Perceptual
from text_replace_engine.painting.guided.samples import GuidedSample
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings
from text_replace_engine.tensors import crop, resample, signed
from text_replace_wire.api import IsCancelled

_STANDARD = PRESETS[Preset.STANDARD]
STANDARD, PAPER = Preset.STANDARD.value, Preset.PAPER.value
#: Choice is what `best` has and `standard` has not. Without blending CLIP sees black around the object, too.
VARIANTS: Mapping[str, PresetSettings] = {
    **{preset.value: settings for preset, settings in PRESETS.items()},
    "standard without blending": dataclasses.replace(_STANDARD, blended=False),
    "standard without cutouts": dataclasses.replace(_STANDARD, cutouts=(1, 1)),
    "standard without surroundings": dataclasses.replace(_STANDARD, surroundings=False),
}


@dataclass(frozen=True)
class Bought:
    """One edit of one variant.

    probability: of the prompt, by the first judge. read: by the second, and seam: in (the edit, its twin); None where
    there is no twin. mse: mean squared difference of what was painted from the picture around the region, in [0, 1],
    before the paste; lpips: the perceptual distance there, by the network that guides. seconds: of the processor, so
    that what else the machine does is not counted; without finding.
    """

    probability: float
    read: tuple[float, float] | None
    seam: tuple[float, float] | None
    mse: float
    lpips: float
    seconds: float


def bought(models: Models, judges: Judges, case: EditCase, cancelled: IsCancelled) -> dict[str, Bought] | None:
    """The same edit by every variant; None where it was cancelled."""
    names = judges.right_answers(case)
    found = {}
    for variant, settings in VARIANTS.items():
        started = time.process_time()
        done = painted(models, case, settings, cancelled)
        if done is None:
            return None
        seconds = time.process_time() - started
        verdict = judges.first.verdict(done.pixels, done.region)
        result = Replaced(done.pixels, done.region, done.region)
        found[variant] = Bought(
            probability=round(sum(verdict.probabilities[name] for name in names), 4),
            read=read_beside_twin(judges.second, case, result, names),
            seam=seam_beside_twin(case, result),
            mse=done.sample.background_error,
            lpips=_distance(models.perceptual, done.sample),
            seconds=round(seconds, 3),
        )
    return found


def _distance(perceptual: Perceptual, sample: GuidedSample) -> float:
    """From the picture, of x_0 around the region, both black inside it in [-1, 1] as the loss has them (`Guidance`);
    the mean over the parts.
    """
    distances = []
    for piece, image in zip(sample.pieces, sample.images, strict=True):
        size = (image.shape[-2], image.shape[-1])
        outside = 1 - resample(crop(piece.part.region, piece.part.area), size)
        picture = resample(crop(piece.task.image, piece.part.area), size)
        with torch.inference_mode():
            distances.append(perceptual.distance(signed(image) * outside, signed(picture) * outside))
    return float(torch.cat(distances).mean())
