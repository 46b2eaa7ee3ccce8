"""What FLUX.2 klein paints with: the networks' outsides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from text_replace_engine import devices
from text_replace_engine.painting.latent.autoencoder import Autoencoder
from text_replace_engine.painting.latent.names import Storage

#: Outputs of these layers of the text encoder, one beside the other, are what the transformer is told.
TOLD_LAYERS = (9, 18, 27)
#: Tokens of a prompt; what is longer is cut.
_TOKENS = 512
#: Prompts whose vectors are kept: reading the text encoder again takes seconds.
_REMEMBERED = 8
#: Which picture a token belongs to, as the transformer has learnt it: what is painted, and what it is to look at.
_PAINTED, _REFERENCE = 0, 10


class Transformer:
    """Tells the velocity of latents on their way to noise, beside the picture itself as a reference."""

    def __init__(self, network: nn.Module, device: torch.device, dtype: torch.dtype) -> None:
        """network: diffusers' Flux2Transformer2DModel on `device`, which computes in `dtype`."""
        self._network: Any = network
        self.device = device
        self.dtype = dtype

    @property
    def waiting(self) -> int:
        """Bytes that have to come back to the device."""
        return sum(each.nbytes for each in self._network.parameters() if each.device.type != self.device.type)

    def set_aside(self) -> None:
        """To the processor's memory, until it is used again."""
        # The library's own `to` undoes how weights are stored.
        nn.Module.to(self._network, "cpu")

    def velocity(self, x_t: Tensor, sigma: Tensor, text: Tensor, reference: Tensor) -> Tensor:
        """(n, c, h, w), float32, for latents x_t of that shape with a share of noise `sigma`, a number.

        text: (1, tokens, d); reference: latents (1, c, h, w).
        """
        nn.Module.to(self._network, self.device)
        n, (height, width) = len(x_t), x_t.shape[-2:]
        places = [_places(which, height, width) for which in (_PAINTED, _REFERENCE)]
        told = torch.cartesian_prod(*(torch.arange(count) for count in (1, 1, 1, text.shape[1])))
        seen = torch.cat([x_t, reference.expand_as(x_t)], dim=2).flatten(2).transpose(1, 2)
        answer: Tensor = self._network(
            hidden_states=seen.to(self.dtype),
            timestep=sigma.expand(n).to(self.device, self.dtype),
            guidance=None,
            encoder_hidden_states=text.expand(n, -1, -1).to(self.dtype),
            txt_ids=told.to(self.device).expand(n, -1, -1),
            img_ids=torch.cat(places).to(self.device).expand(n, -1, -1),
            return_dict=False,
        )[0]
        return answer[:, : height * width].transpose(1, 2).reshape(x_t.shape).float()


def _places(which: int, height: int, width: int) -> Tensor:
    """(h · w, 4): picture, row, column and 0 of every token."""
    return torch.cartesian_prod(torch.tensor([which]), torch.arange(height), torch.arange(width), torch.arange(1))


class PromptEncoder:
    """Instructions as the transformer is told them. The text encoder, the largest of the networks, is read for a new
    one and let go of.
    """

    def __init__(self, tokenizer: Any, load: Callable[[], Any], device: torch.device) -> None:
        """tokenizer: transformers' Qwen2Tokenizer; load: its Qwen3Model, cut after the last layer that is told, without
        a norm after that, on `device`.
        """
        self._tokenizer = tokenizer
        self._load = load
        self._device = device
        self._known: dict[str, Tensor] = {}

    def encoded(self, *prompts: str) -> list[Tensor]:
        """(1, tokens, d) of each of some different ones. Raises ModelError and OutOfMemory."""
        known = dict(self._known)
        new = [prompt for prompt in prompts if prompt not in known]
        if new:
            network = self._load()
            known |= {prompt: self._told(network, prompt) for prompt in new}
            del network
            devices.release(self._device)
        asked = {prompt: known.pop(prompt) for prompt in prompts}
        self._known = dict([*known.items(), *asked.items()][-_REMEMBERED:])
        return list(asked.values())

    def _told(self, network: Any, prompt: str) -> Tensor:
        text = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        tokens = self._tokenizer(text, return_tensors="pt", padding="max_length", truncation=True, max_length=_TOKENS)
        layers = network(
            input_ids=tokens.input_ids.to(self._device),
            attention_mask=tokens.attention_mask.to(self._device),
            output_hidden_states=True,
            use_cache=False,
        ).hidden_states
        return torch.cat([layers[number] for number in TOLD_LAYERS], dim=-1)


@dataclass(frozen=True)
class KleinNetworks:
    """All of them. schedule: diffusers' configuration of the noise that the transformer has learnt. storage: how the
    weights of transformer and text encoder are kept.
    """

    transformer: Transformer
    autoencoder: Autoencoder
    prompts: PromptEncoder
    schedule: Mapping[str, Any]
    storage: Storage
