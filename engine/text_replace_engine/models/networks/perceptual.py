"""Perceptual distance: LPIPS (Zhang et al. 2018, https://github.com/richzhang/PerceptualSimilarity)."""

from __future__ import annotations

import warnings

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
        return self.distance_from(x, self.seen(y))

    def seen(self, x: Tensor) -> tuple[Tensor, ...]:
        """What is compared of pictures (n, 3, h, w) in [-1, 1]: the features (n, c, h, w) of each layer, of length 1 at
        every place.
        """
        scaled = self.network.scaling_layer(x.to(next(self.network.parameters()).dtype))
        return tuple(lpips.normalize_tensor(layer) for layer in self.network.net(scaled))

    def distance_from(self, x: Tensor, seen: tuple[Tensor, ...]) -> Tensor:
        """`distance` of x from the pictures of which that was `seen`."""
        layers = zip(self.network.lins, self.seen(x), seen, strict=True)
        apart = [lpips.spatial_average(weigh((one - other) ** 2), keepdim=True) for weigh, one, other in layers]
        total: Tensor = sum(apart[1:], apart[0])
        return total.flatten().float()


class DistanceFromOne:
    """`Perceptual.distance` from pictures that hardly ever change: the network sees them once."""

    def __init__(self, perceptual: Perceptual) -> None:
        self._perceptual = perceptual
        self._last: tuple[Tensor, tuple[Tensor, ...]] | None = None

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """See `Perceptual.distance`; no gradient leads to y."""
        if self._last is None or not torch.equal(self._last[0], y):
            with torch.no_grad():
                self._last = y, self._perceptual.seen(y)
        return self._perceptual.distance_from(x, self._last[1])
