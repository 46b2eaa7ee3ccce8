"""The second judge: a residual network (He et al. 2016, https://arxiv.org/abs/1512.03385) of names, and of "nothing",
that has learnt from real crops and from nonsense, and never from a painting.

It shares neither architecture nor size with the first judge, and its probabilities are fitted to how often it is right.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.models.store import Config, Stored, fill


class _Block(nn.Module):
    def __init__(self, taken: int, given: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(taken, given, 3, stride, 1, bias=False)
        self.norm_first = nn.BatchNorm2d(given)
        self.second = nn.Conv2d(given, given, 3, 1, 1, bias=False)
        self.norm_second = nn.BatchNorm2d(given)
        self.skip = nn.Sequential(nn.Conv2d(taken, given, 1, stride, bias=False), nn.BatchNorm2d(given))
        nn.init.zeros_(self.norm_second.weight)

    def forward(self, x: Tensor) -> Tensor:
        hidden = functional.relu(self.norm_first(self.first(x)))
        answer: Tensor = functional.relu(self.skip(x) + self.norm_second(self.second(hidden)))
        return answer


class ReaderNetwork(nn.Module):
    """Logits (n, answers) of pictures (n, 3, s, s) in [0, 1]."""

    def __init__(self, widths: list[int], answers: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, widths[0], 5, 2, 2, bias=False)
        self.norm = nn.BatchNorm2d(widths[0])
        taken = [widths[0], *widths[:-1]]
        blocks = (_Block(a, b, 2) for a, b in zip(taken, widths, strict=True))
        self.blocks = nn.Sequential(*blocks)
        self.answers = nn.Linear(widths[-1], answers)

    def forward(self, pictures: Tensor) -> Tensor:
        x = self.blocks(functional.relu(self.norm(self.stem(pictures * 2 - 1))))
        return cast(Tensor, self.answers(x.mean((2, 3))))


class Reader(nn.Module):
    """Calls a square picture, `size` pixels a side, by one of `names`, or "nothing" (the last probability)."""

    def __init__(self, network: ReaderNetwork, config: Config) -> None:
        super().__init__()
        self.network = network
        self.names: tuple[str, ...] = tuple(config["names"])
        self.size: int = config["size"]
        self._temperature: float = config["temperature"]

    @classmethod
    def load(cls, stored: Stored) -> Reader:
        """The reader of stored weights; raises ModelDamaged."""
        with torch.device("meta"):
            network = build_reader(stored.config)
        fill(network, stored.tensors, "reader.safetensors")
        return cls(network.eval(), stored.config)

    def probabilities(self, pictures: Tensor) -> Tensor:
        """(n, names + 1) of pictures (n, 3, size, size) in [0, 1]."""
        logits: Tensor = self.network(pictures)
        return (logits / self._temperature).softmax(1)


def build_reader(config: Config) -> ReaderNetwork:
    """The untrained network of a configuration (`names`, `widths`)."""
    return ReaderNetwork(config["widths"], len(config["names"]) + 1)


def fitted_temperature(logits: Tensor, labels: Tensor) -> float:
    """By what logits (n, k) have to be divided so that probabilities of them fit labels (n,) best (Guo et al. 2017,
    https://arxiv.org/abs/1706.04599), from a grid of 0.25 to 4.
    """
    grid = torch.logspace(-2, 2, 65, base=2)
    losses = torch.stack([functional.cross_entropy(logits / one, labels) for one in grid])
    return float(grid[losses.argmin()])
