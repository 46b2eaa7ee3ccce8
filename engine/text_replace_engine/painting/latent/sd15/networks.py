"""What Stable Diffusion paints with: the networks' outsides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from text_replace_engine import devices
from text_replace_engine.painting.latent.autoencoder import Autoencoder, approximated


class PromptEncoder:
    """Prompts as the U-Net is told them: CLIP's text encoder. What is longer than its context is cut."""

    def __init__(self, tokenizer: Any, network: Any) -> None:
        """tokenizer, network: transformers' CLIPTokenizer and CLIPTextModel."""
        self._tokenizer = tokenizer
        self._network = network

    def encoded(self, prompts: Sequence[str]) -> Tensor:
        """(n, tokens, d)."""
        tokens = self._tokenizer(
            list(prompts),
            padding="max_length",
            max_length=self._tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        return cast(Tensor, self._network(tokens.input_ids.to(self._network.device))[0])


class Unet:
    """Tells the noise in latents. It paints in a few steps where their update is merged into its weights, and in many
    where it is not; only one of the two is in memory.
    """

    def __init__(self, load: Callable[[bool], Any], few_steps: bool, dtype: torch.dtype) -> None:
        """load: diffusers' UNet2DConditionModel, with the few steps or without; few_steps: which is needed first;
        dtype: in which it computes.
        """
        self._load = load
        self._has_few_steps = few_steps
        self._network: Any = load(few_steps)
        #: Side of the square of latents that it has learnt from.
        self.size: int = self._network.config.sample_size
        self.dtype = dtype
        self.device: torch.device = self._network.device

    def use(self, few_steps: bool) -> None:
        """With the few steps from now on, or without. Raises ModelError."""
        if self._has_few_steps != few_steps or self._network is None:
            # Read again: subtracting the update would not give the same bits. Two at once may not fit.
            self._network = None
            self._has_few_steps = few_steps
            self._network = self._load(few_steps)
            # See `choice.ChosenPainter`: the file is as large as the network.
            devices.release(self.device)

    def noise(self, x_t: Tensor, t: Tensor, texts: Tensor, cells: Tensor, masked: Tensor) -> Tensor:
        """The noise (n, 4, h, w), float32, in latents x_t of that shape at timestep t, a number.

        texts: (n, tokens, d); cells: (n, 1, h, w), 1 where all is new; masked: latents (n, 4, h, w) of the picture
        without what is there.
        """
        seen = torch.cat([x_t, cells, masked], dim=1).to(self.dtype)
        seen = seen.contiguous(memory_format=torch.channels_last)
        answer: Tensor = self._network(seen, t, encoder_hidden_states=texts, return_dict=False)[0]
        return answer.float()


@dataclass(frozen=True)
class LatentNetworks:
    """All of them. schedule: diffusers' configuration of the noise that the U-Net has learnt. shown: about what latents
    (1, 4, h, w) show, (1, 3, …) in [0, 1], in little time. warnings: sentences on what could not be loaded.
    """

    unet: Unet
    autoencoder: Autoencoder
    prompts: PromptEncoder
    schedule: Mapping[str, Any]
    shown: Callable[[Tensor], Tensor] = approximated
    warnings: tuple[str, ...] = ()
