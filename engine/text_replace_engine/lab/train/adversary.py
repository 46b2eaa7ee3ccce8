"""Tells drawn from real, patch by patch (Isola et al. 2017, https://arxiv.org/abs/1611.07004), knowing the prompt by
projection (Miyato & Koyama 2018, https://arxiv.org/abs/1802.05637). Only ever used to train another network.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

_STEM = 2


class PatchDiscriminator(nn.Module):
    """A logit for every 8 × 8 pixels, which sees about 50 × 50."""

    def __init__(self, width: int, text_dim: int) -> None:
        super().__init__()
        self.text_dim = text_dim
        widths = (width, 2 * width, 4 * width, 4 * width)
        strides = (1, 2, 2, 1)
        before = 4 * _STEM**2
        layers = []
        for given, stride in zip(widths, strides, strict=True):
            kernel = 4 if stride == 2 else 3
            layers.append(spectral_norm(nn.Conv2d(before, given, kernel, stride, 1)))
            before = given
        self.layers = nn.ModuleList(layers)
        self.answer = spectral_norm(nn.Conv2d(before, 1, 1))
        self.prompt = nn.Linear(text_dim, before)

    def forward(self, pictures: Tensor, regions: Tensor, text: Tensor) -> Tensor:
        """Logits (n, 1, h / 8, w / 8), high for real, of pictures (n, 3, h, w) in [-1, 1] with regions (n, 1, h, w) in
        [0, 1] and the prompt's unit vectors (n, text_dim).
        """
        x = functional.pixel_unshuffle(torch.cat([pictures, regions], 1), _STEM)
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), 0.2)
        told = self.prompt(text * math.sqrt(self.text_dim))[:, :, None, None]
        logits: Tensor = self.answer(x) + (x * told).mean(1, keepdim=True)
        return logits


def hinge(real: Tensor, drawn: Tensor, weight: Tensor) -> Tensor:
    """The discriminator's loss of its logits, each place (n, 1, h, w) counted by `weight`."""
    return _mean(functional.relu(1 - real) + functional.relu(1 + drawn), weight)


def persuasion(drawn: Tensor, weight: Tensor) -> Tensor:
    """The loss of whoever drew it: how little the discriminator believes it."""
    return _mean(-drawn, weight)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1)
