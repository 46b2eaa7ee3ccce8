"""Networks of FLUX.2 klein that know what is to be painted: the picture that they are shown, with blue 1 everywhere, in
latents that are its very pixels. So where and how large anything is painted can be read from the result; see `oracle`.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.engine.latent.oracle import Mistakes
from text_replace_engine.painting.latent.klein.networks import TOLD_LAYERS, KleinNetworks, PromptEncoder, Transformer
from text_replace_engine.painting.latent.klein.painter import KleinPainter
from text_replace_engine.painting.latent.names import Storage
from text_replace_engine.tensors import signed, unsigned

MULTIPLE = 16
_SHIFT = 8


class PixelAutoencoder:
    """See `autoencoder.Autoencoder`: the pixels of a cell, one after another, are its latents."""

    multiple = MULTIPLE

    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes

    def encoded(self, image: Tensor) -> Tensor:
        return F.pixel_unshuffle(signed(image), MULTIPLE)

    def decoded(self, latents: Tensor) -> Tensor:
        image = unsigned(F.pixel_shuffle(latents * (2.0 if self._mistakes.wrong_scale else 1.0), MULTIPLE)).clamp(0, 1)
        if self._mistakes.swapped_channels:
            image = image.flip(1)
        return image.roll(_SHIFT, dims=-1) if self._mistakes.moved else image


class OracleTransformer(nn.Module):
    """Diffusers' Flux2Transformer2DModel: the velocity by which x_t is the reference with blue 1.

    told: the arguments of every call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, Any]] = []

    def forward(self, hidden_states: Tensor, timestep: Tensor, return_dict: bool, **told: Any) -> tuple[Tensor]:
        self.told.append({"timestep": timestep, **told})
        x_t, reference = hidden_states.chunk(2, dim=1)
        goal = torch.cat([reference[..., : -(MULTIPLE**2)], torch.ones_like(reference[..., -(MULTIPLE**2) :])], dim=-1)
        return (torch.cat([(x_t - goal) / timestep.view(-1, 1, 1), reference * 0], dim=1),)


class Words:
    """A tokenizer and a text encoder. instructions: all that they were told."""

    def __init__(self) -> None:
        self.instructions: list[str] = []

    def apply_chat_template(self, messages: list[dict[str, str]], **_: Any) -> str:
        self.instructions.append(messages[0]["content"])
        return ""

    def __call__(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(
            input_ids=torch.zeros(1, 1),
            attention_mask=torch.ones(1, 1),
            hidden_states=[torch.zeros(1, 1, 2)] * (max(TOLD_LAYERS) + 1),
        )


def oracle_klein(mistakes: Mistakes = Mistakes()) -> tuple[KleinPainter, OracleTransformer, Words]:  # noqa: B008
    """A painter, its transformer, and what hears its instructions."""
    cpu, words, transformer = torch.device("cpu"), Words(), OracleTransformer()
    networks = KleinNetworks(
        transformer=Transformer(transformer, cpu, torch.float32),
        autoencoder=PixelAutoencoder(mistakes),
        prompts=PromptEncoder(words, lambda: words, cpu),
        schedule={"use_dynamic_shifting": True, "shift": 3.0},
        storage=Storage.SIXTEEN,
    )
    return KleinPainter(lambda _: networks, cpu), transformer, words
