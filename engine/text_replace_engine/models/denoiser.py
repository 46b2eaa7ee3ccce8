"""The denoiser: diffusers' UNet2DModel behind a space-to-depth stem, in pixel space."""

from __future__ import annotations

import math

import torch
from diffusers import UNet2DModel
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.models.store import Config, Stored, fill

STEPS = 1000


def build_denoiser(config: Config) -> UNet2DModel:
    """The untrained network of a configuration (`unet`: UNet2DModel's arguments)."""
    return UNet2DModel(**config["unet"])


def cosine_schedule() -> Tensor:
    """Signal power of every timestep, (1000,) float64: x_t = √ᾱ·x0 + √(1−ᾱ)·noise with √ᾱ = cos(π/2·(t+½)/1000)."""
    return torch.cos((torch.arange(STEPS, dtype=torch.float64) + 0.5) / STEPS * math.pi / 2) ** 2


def clean_estimate(prediction: Tensor, x_t: Tensor, alpha_bar: Tensor, prediction_type: str) -> Tensor:
    """x̂0 from what a network predicts: "sample" is x̂0 itself, "epsilon" the noise (Ho et al. 2020, equation 15)."""
    if prediction_type == "sample":
        return prediction
    return (x_t - (1 - alpha_bar).sqrt() * prediction) / alpha_bar.sqrt()


class Denoiser(nn.Module):
    """`(x_t, t, text, surroundings) -> x̂0`, whatever the network predicts."""

    def __init__(self, network: UNet2DModel, config: Config) -> None:
        super().__init__()
        self.network = network
        self.size: int = config["size"]
        self.takes_text: bool = config["takes_text"]
        self.sees_surroundings: bool = config["sees_surroundings"]
        self.text_dim: int = config["text_dim"]
        self.alphas_cumprod = cosine_schedule()
        self._stem: int = config["stem"]
        self._prediction_type: str = config["prediction_type"]

    @property
    def multiple(self) -> int:
        """What a side of x_t must be a multiple of."""
        levels: int = len(self.network.config.block_out_channels)
        return self._stem << (levels - 1)

    @classmethod
    def load(cls, stored: Stored) -> Denoiser:
        """The denoiser of stored weights; raises ModelDamaged."""
        network = build_denoiser(stored.config)
        fill(network, stored.tensors, "denoiser.safetensors")
        return cls(network.eval(), stored.config)

    def denoised(
        self, x_t: Tensor, t: Tensor, text: Tensor | None, surroundings: Tensor | None, mask: Tensor | None
    ) -> Tensor:
        """The estimate x̂0 (n, 3, s, s) of noisy pictures x_t; differentiable in x_t.

        `t` is (n,) in 0 … 999; `text` unit vectors (n, text_dim), None for no prompt; `surroundings` the known
        picture (n, 3, s, s) in [-1, 1] and `mask` (n, 1, s, s) where it is to be painted (1), both None for unknown.
        """
        n = x_t.shape[0]
        dtype = self.network.dtype
        layers = [x_t]
        if self.sees_surroundings:
            if surroundings is None or mask is None:
                layers.append(x_t.new_zeros(n, 4, *x_t.shape[2:]))
            else:
                layers += [surroundings * (1 - mask), mask]
        prompt = None
        if self.takes_text:
            known = x_t.new_zeros(n, self.text_dim) if text is None else text * math.sqrt(self.text_dim)
            prompt = known.to(dtype)
        folded = functional.pixel_unshuffle(torch.cat(layers, 1), self._stem).to(dtype)
        answer = self.network(folded, t, class_labels=prompt).sample.to(x_t.dtype)
        prediction = functional.pixel_shuffle(answer, self._stem)
        alpha_bar = self.alphas_cumprod.to(t.device)[t].to(x_t.dtype).view(n, 1, 1, 1)
        return clean_estimate(prediction, x_t, alpha_bar, self._prediction_type)
