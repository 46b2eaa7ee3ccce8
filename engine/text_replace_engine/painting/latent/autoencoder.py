"""The autoencoder: pictures as latents and back, block by block, so that it can be cancelled between them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, Protocol

import torch
from torch import Tensor

from text_replace_engine.tensors import signed, unsigned

#: Which latents, as the U-Net sees them, make which colours: measured,
#: https://discuss.huggingface.co/t/decoding-latents-to-rgb-without-upscaling/23204.
_RED_GREEN_BLUE = (
    (0.298, 0.207, 0.208),
    (0.187, 0.286, 0.173),
    (-0.158, 0.189, 0.264),
    (-0.184, -0.271, -0.473),
)


class Autoencoder(Protocol):
    """Pictures (1, 3, h, w) in [0, 1] and their latents (1, 4, h / multiple, w / multiple), in float32."""

    @property
    def multiple(self) -> int:
        """Pixels a side that one latent stands for."""

    def encoded(self, image: Tensor) -> Generator[None, None, Tensor]:
        """The most probable latents of a picture, always the same ones."""

    def decoded(self, latents: Tensor) -> Generator[None, None, Tensor]:
        """The picture of latents."""


class BlockwiseAutoencoder:
    """See `Autoencoder`: diffusers' AutoencoderKL, of which it runs the same blocks in the same order."""

    def __init__(self, network: Any) -> None:
        """network: of the library, without slices and tiles."""
        self._network = network
        self._scale: float = network.config.scaling_factor

    @property
    def multiple(self) -> int:
        """See `Autoencoder`."""
        return 1 << (len(self._network.config.block_out_channels) - 1)

    def encoded(self, image: Tensor) -> Generator[None, None, Tensor]:
        """See `Autoencoder`."""
        encoder = self._network.encoder
        blocks = (encoder.conv_in, *encoder.down_blocks, encoder.mid_block)
        x = yield from _through(blocks, signed(image).to(self._network.dtype))
        moments = self._network.quant_conv(encoder.conv_out(encoder.conv_act(encoder.conv_norm_out(x))))
        mean: Tensor = moments.chunk(2, dim=1)[0]
        return mean.float() * self._scale

    def decoded(self, latents: Tensor) -> Generator[None, None, Tensor]:
        """See `Autoencoder`."""
        decoder = self._network.decoder
        blocks = (self._network.post_quant_conv, decoder.conv_in, decoder.mid_block, *decoder.up_blocks)
        x = yield from _through(blocks, (latents / self._scale).to(self._network.dtype))
        image = decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(x)))
        return unsigned(image.float()).clamp(0, 1)


def approximated(latents: Tensor) -> Tensor:
    """What latents (n, 4, h, w) show, at their own size: (n, 3, h, w) in [0, 1], in next to no time."""
    colours = torch.einsum("nlhw,lc->nchw", latents, latents.new_tensor(_RED_GREEN_BLUE))
    return unsigned(colours).clamp(0, 1)


def _through(blocks: Iterable[Callable[[Tensor], Tensor]], x: Tensor) -> Generator[None, None, Tensor]:
    for block in blocks:
        x = block(x)
        yield
    return x
