"""The second judge on edits: how often it is sure of a painting, beside how often of a real object in its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from text_replace_engine.boxes import bounding_box
from text_replace_engine.lab.classifier import JUDGE, ROOM
from text_replace_engine.lab.evaluate.edit_cases import Pixels
from text_replace_engine.lab.evaluate.judge import SURE
from text_replace_engine.lab.reader import Reader
from text_replace_engine.lab.train.reader import BLURS, blurred, reliability
from text_replace_engine.models.store import read_role
from text_replace_engine.tensors import crop, resample, square_around


class SecondJudge:
    """A classifier that no edit reads, and no painting has taught."""

    def __init__(self, folder: Path = JUDGE) -> None:
        """Raises ModelMissing or ModelDamaged."""
        stored = read_role(folder, "reader")
        self.sha256 = stored.sha256
        self._reader = Reader.load(stored)

    def probability(self, pixels: Pixels, region: Pixels, names: Sequence[str]) -> float:
        """That one of the names is in the square around an edit region (h, w) of RGB (h, w, 3), plus a tenth."""
        part = crop(_tensor(pixels[None]), square_around(bounding_box(region > 127), ROOM))
        with torch.inference_mode():
            found = self._reader.probabilities(self._seen(part))[0]
        return float(sum(found[self._reader.names.index(name)] for name in names))

    def right(self, crops: Pixels, names: Sequence[str]) -> list[bool]:
        """For every crop (n, s, s, 3) whether it is sure of its name."""
        with torch.inference_mode():
            found = self._reader.probabilities(self._seen(_tensor(crops)))
        wanted = torch.tensor([self._reader.names.index(name) for name in names])
        sure: list[bool] = (found[torch.arange(len(names)), wanted] >= SURE).tolist()
        return sure

    def rejected(self, crops: Pixels) -> list[bool]:
        """For every crop (n, s, s, 3) whether it is sure of no name."""
        with torch.inference_mode():
            found = self._reader.probabilities(self._seen(_tensor(crops)))[:, :-1]
        none: list[bool] = (found.max(1).values < SURE).tolist()
        return none

    def calibration_errors(self, crops: Pixels, names: Sequence[str]) -> dict[float, float]:
        """By blur in pixels: the mean difference between how sure it is of real crops (n, s, s, 3) and how often it is
        right (expected calibration error, Naeini et al. 2015).
        """
        labels = torch.tensor([self._reader.names.index(name) for name in names])
        seen = self._seen(_tensor(crops))
        bins = {sigma: reliability(self._reader, blurred(seen, sigma), labels) for sigma in BLURS}
        return {
            sigma: sum(abs(sure - right) * count for sure, right, count in found) / len(names)
            for sigma, found in bins.items()
        }

    def _seen(self, pictures: Tensor) -> Tensor:
        return resample(pictures, (self._reader.size, self._reader.size))


def _tensor(pictures: Pixels) -> Tensor:
    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 255
