"""Do cutouts keep guidance from painting what only the guiding CLIP takes for the prompt? The same edits with augmented
views and with the one plain view, by a network that is told the prompt and by the same untold, so that CLIP alone
guides; each looked at by the CLIP that guided, and by judges that did not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from text_replace_engine.lab.evaluate.ablations import painted
from text_replace_engine.lab.evaluate.edit_cases import EditCase
from text_replace_engine.lab.evaluate.edits import Judges
from text_replace_engine.models.bundle import Models
from text_replace_engine.painting.guided.sampling.guidance import cutouts
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset, PresetSettings
from text_replace_engine.tensors import as_square
from text_replace_wire.api import IsCancelled

_STANDARD = PRESETS[Preset.STANDARD]
#: By CLIP alone, guidance may move x̂0 five times as far as in the standard preset: with less it paints nothing.
_ALONE = dataclasses.replace(_STANDARD, prompted=False, norm_cap=0.1)
_ONE = (1, 1)
VARIANTS: Mapping[str, PresetSettings] = {
    "cutouts": _STANDARD,
    "one view": dataclasses.replace(_STANDARD, cutouts=_ONE),
    "cutouts, CLIP alone": _ALONE,
    "one view, CLIP alone": dataclasses.replace(_ALONE, cutouts=_ONE),
}


@dataclass(frozen=True)
class Looked:
    """One edit of one variant. cosine: of the painted part with the prompt, by the CLIP that guided; guided: whether
    that takes it for the prompt rather than for another name. judged, read: the probabilities of the prompt by the
    judge and by the second one, None where there is none.
    """

    cosine: float
    guided: bool
    judged: float
    read: float | None


def looked_at(models: Models, judges: Judges, case: EditCase, cancelled: IsCancelled) -> dict[str, Looked] | None:
    """The same edit by every variant, in the true object's place; None where it was cancelled."""
    names = judges.first.names
    with torch.inference_mode():
        texts = models.clip.encode_text(list(names))
    found = {}
    for variant, settings in VARIANTS.items():
        done = painted(models, case, settings, cancelled)
        if done is None:
            return None
        rng = torch.Generator()
        with torch.inference_mode():
            views = [cutouts(as_square(view), models.clip.image_size, 1, rng) for view in done.sample.views]
            cosines = (models.clip.encode_image(torch.cat(views)) @ texts.T).mean(0)
        wanted = names.index(case.with_)
        second = judges.second
        found[variant] = Looked(
            cosine=round(float(cosines[wanted]), 4),
            guided=int(cosines.argmax()) == wanted,
            judged=round(judges.first.verdict(done.pixels, done.region).probabilities[case.with_], 4),
            read=None if second is None else round(second.probability(done.pixels, done.region, [case.with_]), 4),
        )
    return found
