"""Perceptual distance: LPIPS (Zhang et al. 2018, https://github.com/richzhang/PerceptualSimilarity)."""

from __future__ import annotations

import warnings
from typing import cast

import lpips
import torch
from torch import Tensor, nn

from text_replace_engine.models.store import Config, Stored, fill


def build_perceptual(config: Config, heads: bool = False) -> lpips.LPIPS:
    """The untrained network of a configuration (`net`: the backbone's name); heads: with the linear layers that come
    with lpips.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # lpips asks torchvision in an outdated way
        return lpips.LPIPS(net=config["net"], pretrained=heads, pnet_rand=True, verbose=False)


class Perceptual(nn.Module):
    """How different two pictures look."""

    def __init__(self, network: lpips.LPIPS) -> None:
        super().__init__()
        self.network = network

    @classmethod
    def load(cls, stored: Stored) -> Perceptual:
        """The distance of stored weights; raises ModelDamaged."""
        with torch.device("meta"):
            network = build_perceptual(stored.config)
        fill(network, stored.tensors, "perceptual.safetensors")
        return cls(network.eval())

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Distances (n,) of pictures (n, 3, h, w) in [-1, 1]; at least 0, differentiable."""
        dtype = next(self.network.parameters()).dtype
        return cast(Tensor, self.network(x.to(dtype), y.to(dtype))).flatten().float()
