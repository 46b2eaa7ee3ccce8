"""A CLIP whose texts lie where a test puts them, and pictures of chosen cosines with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from text_replace_engine.finding.agreement import Agreement
from text_replace_engine.models.nouns import Nouns, sentences


class PlantedClip:
    """See `networks.clip.Clip`. Every text has an axis of its own, unless it is said to be near another; every picture
    is `seen`.
    """

    image_size = 8
    logit_scale = 20.0
    floor = 0.5

    def __init__(self, phrases: Iterable[str], near: Mapping[str, tuple[str, float]] | None = None) -> None:
        """near: by phrase the one whose text is near to its, and the cosine of the two."""
        texts = list(dict.fromkeys(phrases))
        # The last axis is no text's.
        self._axes = dict(zip(sentences(texts), torch.eye(len(texts) + 1)[:-1], strict=True))
        for phrase, (other, cosine) in (near or {}).items():
            own, others = (self._axes[text] for text in sentences([phrase, other]))
            self._axes[sentences([phrase])[0]] = cosine * others + (1 - cosine**2) ** 0.5 * own
        self.seen = self.picture()
        self.shown = 0

    def encode_text(self, texts: list[str]) -> Tensor:
        return torch.stack([self._axes[text] for text in texts])

    def encode_image(self, image: Tensor) -> Tensor:
        self.shown += len(image)
        return self.seen.expand(len(image), -1)

    def picture(self, **cosines: float) -> Tensor:
        """A unit vector (d,) with these cosines with the texts of phrases (“_” for a space), and none with others."""
        texts = torch.stack(list(self._axes.values()))
        wanted = torch.zeros(len(texts))
        for phrase, cosine in cosines.items():
            wanted[list(self._axes).index(sentences([phrase.replace("_", " ")])[0])] = cosine
        vector: Tensor = torch.linalg.pinv(texts) @ wanted
        vector[-1] = (1 - vector.square().sum()).clamp(min=0).sqrt()
        return vector


def agreement(clip: PlantedClip, nouns: Nouns) -> Agreement:
    """By the nouns' own texts."""
    return Agreement(clip, nouns, clip.encode_text(sentences(nouns.names)))  # type: ignore[arg-type]
