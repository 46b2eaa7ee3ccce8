"""The denoiser: diffusers' UNet2DModel in pixel space, behind a space-to-depth stem where it has one.

Whatever a network predicts, by which schedule, and however it is told what to paint, becomes `(x_t, t, text) -> x̂0`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from diffusers import UNet2DModel
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.models.networks.fine_level import FineUNet2DModel
from text_replace_engine.models.store import Config, Stored, fill

STEPS = 1000


def build_denoiser(config: Config) -> UNet2DModel:
    """The untrained network of a configuration.

    `unet`: UNet2DModel's arguments. `fine_width`, where there is a finer level on top: its channels. `time_width`,
    where it is not the first level's: that of the sinusoid of t.
    """
    fine = config.get("fine_width")
    unet = config["unet"]
    network = UNet2DModel(**unet) if fine is None else FineUNet2DModel(unet, config["stem"], fine)
    width = config.get("time_width")
    if width is not None:
        network.time_proj = Timesteps(width, network.config.flip_sin_to_cos, network.config.freq_shift)
        network.time_embedding = TimestepEmbedding(width, network.config.time_embedding_dim)
    return network


def cosine_schedule() -> Tensor:
    """Signal power of every timestep, (1000,) float64: x_t = √ᾱ·x0 + √(1−ᾱ)·noise with √ᾱ = cos(π/2·(t+½)/1000)."""
    return torch.cos((torch.arange(STEPS, dtype=torch.float64) + 0.5) / STEPS * math.pi / 2) ** 2


def linear_schedule() -> Tensor:
    """Signal power of every timestep, (1000,) float64, of Ho et al. 2020: β from 1e-4 to 0.02 in equal steps."""
    return torch.cumprod(1 - torch.linspace(1e-4, 0.02, STEPS, dtype=torch.float64), 0)


_SCHEDULES = {"cosine": cosine_schedule, "linear": linear_schedule}


@dataclass(frozen=True)
class Classes:
    """What a class-conditional network can be told: its classes' names, each with CLIP's unit vector (k, d)."""

    names: tuple[str, ...]
    embeddings: Tensor

    def nearest(self, text: Tensor) -> Tensor:
        """The class (n,) whose name is nearest to each of n unit vectors (n, d)."""
        return (text @ self.embeddings.to(text).T).argmax(1)


def clean_estimate(prediction: Tensor, x_t: Tensor, alpha_bar: Tensor, prediction_type: str) -> Tensor:
    """x̂0 from what a network predicts of x_t, both (n, 3, h, w): "sample" is x̂0 itself, "epsilon" the noise (Ho et al.
    2020, equation 15). alpha_bar: ᾱ_t (n, 1, 1, 1).
    """
    if prediction_type == "sample":
        return prediction
    return (x_t - (1 - alpha_bar).sqrt() * prediction) / alpha_bar.sqrt()


class Denoiser(nn.Module):
    """`(x_t, t, text, surroundings) -> x̂0`, whatever the network predicts.

    `classes`: of a class-conditional network, which has to be told one of them; `takes_text` networks may be told.
    """

    def __init__(self, network: UNet2DModel, config: Config, classes: Classes | None = None) -> None:
        super().__init__()
        self.network = network
        self.classes = classes
        self.size: int = config["size"]
        self.takes_text: bool = config["takes_text"]
        self.sees_surroundings: bool = config["sees_surroundings"]
        #: Whether it has learnt from pictures of things near and far, and so can paint a piece of one.
        self.paints_pieces: bool = config.get("paints_pieces", False)
        self.text_dim: int = config["text_dim"]
        self.alphas_cumprod = _SCHEDULES[config.get("schedule", "cosine")]()
        self._stem: int = config["stem"]
        self._prediction_type: str = config["prediction_type"]

    @property
    def multiple(self) -> int:
        """What a side of x_t must be a multiple of."""
        levels: int = len(self.network.config.block_out_channels)
        return self._stem << (levels - 1)

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of every level, from the finest."""
        finest = (self.network.width,) if isinstance(self.network, FineUNet2DModel) else ()
        return (*finest, *self.network.config.block_out_channels)

    @classmethod
    def load(cls, stored: Stored, classes: Classes | None = None) -> Denoiser:
        """The denoiser of stored weights; raises ModelDamaged."""
        with torch.device("meta"):
            network = build_denoiser(stored.config)
        fill(network, stored.tensors, "denoiser.safetensors")
        return cls(network.eval(), stored.config, classes)

    def denoised(
        self, x_t: Tensor, t: Tensor, text: Tensor | None, surroundings: Tensor | None, mask: Tensor | None
    ) -> Tensor:
        """The estimate x̂0 (n, 3, h, w) of `predicted` alone."""
        return self.predicted(x_t, t, text, surroundings, mask)[0]

    def predicted(
        self, x_t: Tensor, t: Tensor, text: Tensor | None, surroundings: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """The estimate x̂0 (n, 3, h, w), in about [-1, 1], of noisy pictures x_t in the same shape, differentiable in
        x_t; and where the network has learnt its variance, in the same shape, where that lies from β̃ (−1) to β (1).

        `t` is (n,) in 0 … 999; `text` unit vectors (n, text_dim), None for no prompt; `surroundings` the known
        picture (n, 3, h, w) in [-1, 1] and `mask` (n, 1, h, w) in [0, 1] where it is to be painted (1), both None for
        unknown.
        A class-conditional network needs `text` and is told the nearest class.
        """
        n = x_t.shape[0]
        # Not the network's own `dtype`, which looks at all of its modules.
        dtype = next(self.network.parameters()).dtype
        layers = [x_t]
        if self.sees_surroundings:
            if surroundings is None or mask is None:
                layers.append(x_t.new_zeros(n, 4, *x_t.shape[2:]))
            else:
                layers += [surroundings * (1 - mask), mask]
        prompt = None
        if self.classes is not None:
            if text is None:
                raise ValueError("a class-conditional network needs a text")
            prompt = self.classes.nearest(text)
        elif self.takes_text:
            known = x_t.new_zeros(n, self.text_dim) if text is None else text * math.sqrt(self.text_dim)
            prompt = known.to(dtype)
        folded = functional.pixel_unshuffle(torch.cat(layers, 1), self._stem).to(dtype)
        answer = self.network(folded, t, class_labels=prompt).sample.to(x_t.dtype)
        # A learnt variance comes in as many channels again.
        prediction, *variance = (
            functional.pixel_shuffle(part, self._stem) for part in answer.split(3 * self._stem**2, dim=1)
        )
        alpha_bar = self.alphas_cumprod.to(x_t.dtype).to(t.device)[t].view(n, 1, 1, 1)
        return clean_estimate(prediction, x_t, alpha_bar, self._prediction_type), variance[0] if variance else None
