"""Which of several finished samples is the best: apart from painting, so that another judge can take its place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from statistics import mean
from typing import Protocol

import torch

from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.painting.painter import Sample
from text_replace_engine.tensors import as_square, resample


class Scorer(Protocol):
    """Judges samples by what the user asked for."""

    @property
    def name(self) -> str:
        """Under which a report has the scores."""

    def scores(self, samples: Sequence[Sample], prompt: str) -> list[float]:
        """One number for each sample, higher is better."""


class ClipScorer:
    """The cosine of CLIP(sample) and CLIP(prompt), or what the part shows of it, the mean over a sample's parts."""

    name = "clip"

    def __init__(self, clip: Clip) -> None:
        self._clip = clip

    def scores(self, samples: Sequence[Sample], prompt: str) -> list[float]:
        """See `Scorer`."""
        size = (self._clip.image_size, self._clip.image_size)
        with torch.inference_mode():
            texts = dict.fromkeys([prompt, *(text for sample in samples for text in sample.texts)])
            targets = {text: self._clip.encode_text([text]) for text in texts}
            return [
                mean(
                    float((self._clip.encode_image(resample(as_square(view), size)) @ targets[text].T)[0, 0])
                    for view, text in zip(sample.views, sample.texts or repeat(prompt), strict=False)
                )
                for sample in samples
            ]


def best_first(scores: Sequence[float]) -> list[int]:
    """Places, best first; of equals the earlier one."""
    return sorted(range(len(scores)), key=lambda place: -scores[place])
