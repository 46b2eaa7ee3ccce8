"""Tells whether a picture is in the style that small models were trained in, by what their segmenter's encoder sees."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from text_replace_engine.models.store import Config, Stored, fill

#: Of a standard score: further from the mean than any picture of the training, it says no more.
_FARTHEST = 6.0


class Style(nn.Module):
    """A perceptron with one hidden layer over `segmenter.Look.features`, standardised."""

    mean: Tensor
    scale: Tensor

    def __init__(self, config: Config) -> None:
        """config: `features` and `hidden`, the widths of its layers, and `floor`: see `score`."""
        super().__init__()
        self.floor: float = config["floor"]
        self.register_buffer("mean", torch.zeros(config["features"]))
        self.register_buffer("scale", torch.ones(config["features"]))
        self.layers = nn.Sequential(
            nn.Dropout(0.5), nn.Linear(config["features"], config["hidden"]), nn.ReLU(), nn.Linear(config["hidden"], 1)
        )

    @classmethod
    def load(cls, stored: Stored) -> Style:
        """The detector of stored weights; raises ModelDamaged."""
        with torch.device("meta"):
            network = cls(stored.config)
        fill(network, stored.tensors, "style.safetensors")
        return network.eval()

    def score(self, features: Tensor) -> Tensor:
        """The logit (n,) that pictures of these features (n, f) are in the style; below `floor` they are told not to
        be.
        """
        standard = ((features - self.mean) / self.scale).clamp(-_FARTHEST, _FARTHEST)
        return cast(Tensor, self.layers(standard)).squeeze(1)

    def shows(self, features: Tensor) -> bool:
        """Whether a picture of these features (f,) is in the style."""
        with torch.inference_mode():
            return float(self.score(features.to(self.mean)[None])) >= self.floor
