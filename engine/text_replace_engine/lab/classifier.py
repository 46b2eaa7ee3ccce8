"""The independent judge of edits: a plain convolutional classifier of names, and of "nothing".

It shares neither architecture nor data with the CLIP that guides an edit, and no edit reads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from torch import Tensor, nn

from text_replace_engine.models.store import Config, Stored, fill

#: Where its weights are committed, apart from the models that it judges.
JUDGE = Path(__file__).parent / "evaluate" / "judge"
#: Length of the features that the Fréchet distance compares.
FEATURES = 64
#: The judged square's side, in units of the edit region's longer side.
ROOM = 1.1


def build_classifier(config: Config) -> ClassifierNetwork:
    """The untrained network of a configuration (`names`, `size`, `widths`)."""
    return ClassifierNetwork(tuple(config["widths"]), config["size"], len(config["names"]) + 1)


class ClassifierNetwork(nn.Module):
    """Strided and plain 3×3 convolutions in turn, then FEATURES numbers, then a logit for every name and, last, for
    "nothing".
    """

    def __init__(self, widths: tuple[int, ...], size: int, answers: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for number, width in enumerate(widths):
            stride = 2 if number % 2 == 0 else 1
            layers += [nn.Conv2d(before, width, 3 + 2 * (number == 0), stride, 1 + (number == 0), bias=False)]
            layers += [nn.BatchNorm2d(width), nn.ReLU()]
            before = width
        side = size >> ((len(widths) + 1) // 2)
        self.convolutions = nn.Sequential(*layers)
        self.features = nn.Sequential(nn.Flatten(), nn.Linear(before * side * side, FEATURES))
        self.answers = nn.Sequential(nn.ReLU(), nn.Linear(FEATURES, answers))

    def forward(self, image: Tensor) -> Tensor:
        """Logits (n, names + 1) of pictures (n, 3, s, s) in [0, 1]."""
        return cast(Tensor, self.answers(self.embed(image)))

    def embed(self, image: Tensor) -> Tensor:
        """Features (n, FEATURES) of pictures (n, 3, s, s) in [0, 1]."""
        return cast(Tensor, self.features(self.convolutions(image * 4 - 2)))


class Classifier(nn.Module):
    """Calls a square picture by one of `names`, or "nothing" (the last probability)."""

    def __init__(self, network: ClassifierNetwork, config: Config) -> None:
        super().__init__()
        self.network = network
        self.names: tuple[str, ...] = tuple(config["names"])
        self.size: int = config["size"]

    @classmethod
    def load(cls, stored: Stored) -> Classifier:
        """The classifier of stored weights; raises ModelDamaged."""
        network = build_classifier(stored.config)
        fill(network, stored.tensors, "classifier.safetensors")
        return cls(network.eval().requires_grad_(False), stored.config)

    def probabilities(self, image: Tensor) -> Tensor:
        """(n, names + 1) of pictures (n, 3, s, s) in [0, 1], s = `size`."""
        return cast(Tensor, self.network(image)).softmax(1)

    def forward(self, image: Tensor) -> Tensor:
        """Features (n, FEATURES) of pictures (n, 3, s, s) in [0, 1]."""
        return self.network.embed(image)
