"""The independent judge of edited regions, and how far it can be trusted itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.classifier import JUDGE, ROOM, Classifier
from text_replace_engine.models.store import read_role
from text_replace_engine.tensors import crop, resample, square_around

#: A picture is called by a name from this probability on.
SURE = 0.5
_PUSHES, _PUSH = 20, 0.02

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Verdict:
    """The likeliest answer ("nothing" is one), the probability of every name, and the features."""

    answer: str
    probabilities: dict[str, float]
    features: tuple[float, ...]


class Judge:
    """A committed classifier that no edit reads."""

    def __init__(self, folder: Path = JUDGE) -> None:
        """Raises ModelMissing or ModelDamaged."""
        stored = read_role(folder, "classifier")
        self.sha256 = stored.sha256
        self._classifier = Classifier.load(stored)
        self.names, self.size = self._classifier.names, self._classifier.size

    def verdict(self, pixels: Pixels, region: Pixels) -> Verdict:
        """On the square around an edit region (h, w) of a picture RGB (h, w, 3), plus a tenth."""
        part = crop(_tensor(pixels[None]), square_around(bounding_box(region), ROOM))
        seen = resample(part, (self.size, self.size))
        with torch.inference_mode():
            probabilities = self._classifier.probabilities(seen)[0].tolist()
            features = self._classifier(seen)[0].tolist()
        answers = (*self.names, "nothing")
        return Verdict(
            answers[int(np.argmax(probabilities))],
            dict(zip(self.names, probabilities, strict=False)),
            tuple(round(feature, 4) for feature in features),
        )

    def features(self, crops: Pixels) -> NDArray[np.float32]:
        """(n, FEATURES) of square crops (n, s, s, 3)."""
        with torch.inference_mode():
            features: NDArray[np.float32] = self._classifier(self._seen(crops)).numpy()
        return features

    def right(self, crops: Pixels, names: Sequence[str]) -> list[bool]:
        """For every crop (n, s, s, 3) whether the judge is sure of its name."""
        with torch.inference_mode():
            probabilities = self._classifier.probabilities(self._seen(crops))
        wanted = torch.tensor([self.names.index(name) for name in names])
        sure: list[bool] = (probabilities[torch.arange(len(names)), wanted] >= SURE).tolist()
        return sure

    def rejected(self, crops: Pixels) -> list[bool]:
        """For every crop (n, s, s, 3) whether the judge is sure of no name."""
        return self._rejected(self._seen(crops))

    def rejected_when_pushed(self, crops: Pixels) -> list[bool]:
        """The same after PUSHES steps along the judge's own gradient towards a name, another one for every crop."""
        seen = self._seen(crops)
        wanted = torch.arange(len(seen)) % len(self.names)
        for _ in range(_PUSHES):
            moved = seen.detach().requires_grad_()
            wish = self._classifier.probabilities(moved)[torch.arange(len(seen)), wanted].clamp(min=1e-12).log().sum()
            (gradient,) = torch.autograd.grad(wish, moved)
            size = gradient.square().mean((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-12)
            seen = (seen + _PUSH * gradient / size).clamp(0, 1)
        return self._rejected(seen)

    def _rejected(self, seen: Tensor) -> list[bool]:
        with torch.inference_mode():
            probabilities = self._classifier.probabilities(seen)[:, :-1]
        none: list[bool] = (probabilities.max(1).values < SURE).tolist()
        return none

    def _seen(self, crops: Pixels) -> Tensor:
        side = self.size
        if crops.shape[1] != side:
            crops = np.stack([np.asarray(Image.fromarray(one).resize((side, side))) for one in crops])
        return _tensor(crops)


def _tensor(pictures: Pixels) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255
