"""FLUX.2's autoencoder: four neighbouring latents are one, of mean 0 and deviation 1."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from text_replace_engine.painting.latent.autoencoder import LayerwiseAutoencoder

#: Latents a side that become one.
_PATCH = 2
#: Of the square of a colour, against maps that fit a small picture by chance.
_RIDGE = 1e-3


class PackedAutoencoder:
    """See `autoencoder.Autoencoder`: diffusers' AutoencoderKLFlux2, with what its pipelines do to its latents."""

    def __init__(self, network: Any) -> None:
        """network: of the library, without slices and tiles."""
        self._layers = LayerwiseAutoencoder(network)
        spread = network.bn.running_var + network.config.batch_norm_eps
        self._mean: Tensor = network.bn.running_mean.float().view(1, -1, 1, 1)
        self._deviation: Tensor = spread.float().sqrt().view(1, -1, 1, 1)

    @property
    def multiple(self) -> int:
        """See `autoencoder.Autoencoder`."""
        return _PATCH * self._layers.multiple

    def encoded(self, image: Tensor) -> Tensor:
        """See `autoencoder.Autoencoder`."""
        latents = self._layers.encoded(image)
        return (F.pixel_unshuffle(latents, _PATCH) - self._mean) / self._deviation

    def decoded(self, latents: Tensor) -> Tensor:
        """See `autoencoder.Autoencoder`."""
        return self._layers.decoded(F.pixel_shuffle(latents * self._deviation + self._mean, _PATCH))


class Look:
    """About what latents show, in next to no time: by the linear map that is best for a picture of which both are
    known.
    """

    def __init__(self, image: Tensor, latents: Tensor) -> None:
        """image: (1, 3, h, w) in [0, 1]; latents: of it, as `PackedAutoencoder` makes them."""
        seen = _rows(F.pixel_shuffle(latents, _PATCH))
        colours = F.interpolate(image, _size(latents), mode="area").flatten(2)[0].T
        squares = seen.T @ seen + _RIDGE * len(seen) * torch.eye(seen.shape[1]).to(seen)
        self._map: Tensor = torch.linalg.solve(squares, seen.T @ colours)

    def shown(self, latents: Tensor) -> Tensor:
        """(n, 3, 2h, 2w) in [0, 1] of latents (n, c, h, w)."""
        height, width = _size(latents)
        colours = _rows(F.pixel_shuffle(latents, _PATCH)) @ self._map
        return colours.T.view(3, len(latents), height, width).transpose(0, 1).clamp(0, 1)


def _rows(latents: Tensor) -> Tensor:
    """(n · h · w, c + 1): every latent, and 1."""
    rows = latents.movedim(1, -1).flatten(0, -2)
    return torch.cat([rows, torch.ones_like(rows[:, :1])], dim=1)


def _size(latents: Tensor) -> tuple[int, int]:
    return _PATCH * latents.shape[-2], _PATCH * latents.shape[-1]
