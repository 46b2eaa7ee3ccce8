"""The autoencoder: pictures as latents and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from functools import partial
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from text_replace_engine.painting.tiles import averaged, cut, tiles_over
from text_replace_engine.tensors import signed, unsigned
from text_replace_wire.geometry import Box

#: Which latents, as the U-Net sees them, make which colours: measured,
#: https://discuss.huggingface.co/t/decoding-latents-to-rgb-without-upscaling/23204.
_RED_GREEN_BLUE = (
    (0.298, 0.207, 0.208),
    (0.187, 0.286, 0.173),
    (-0.158, 0.189, 0.264),
    (-0.184, -0.271, -0.473),
)

#: Latents a side, at most, of which a preview is made.
_SHOWN = 64

_Layer = Callable[[Tensor], Tensor]


class Autoencoder(Protocol):
    """Pictures (1, 3, h, w) in [0, 1] and their latents (1, c, h / multiple, w / multiple), in float32."""

    @property
    def multiple(self) -> int:
        """Pixels a side that one latent stands for."""

    def encoded(self, image: Tensor) -> Tensor:
        """The most probable latents of a picture, always the same ones."""

    def decoded(self, latents: Tensor) -> Tensor:
        """The picture of latents."""


class LayerwiseAutoencoder:
    """See `Autoencoder`: diffusers' AutoencoderKL, or one built like it. It runs the same layers in the same order, but
    lets go of what each was given: about a tenth of the memory of a picture.
    """

    def __init__(self, network: Any) -> None:
        """network: of the library, without slices and tiles."""
        self._network = network
        #: Not all of them are scaled.
        self._scale: float = getattr(network.config, "scaling_factor", 1.0)

    @property
    def multiple(self) -> int:
        """See `Autoencoder`."""
        return 1 << (len(self._network.config.block_out_channels) - 1)

    def encoded(self, image: Tensor) -> Tensor:
        """See `Autoencoder`."""
        encoder = self._network.encoder
        down = (layer for block in encoder.down_blocks for layer in _layers(block, block.downsamplers))
        layers = (encoder.conv_in, *down, encoder.mid_block)
        x = _through(layers, signed(image).to(self._network.dtype))
        moments = self._network.quant_conv(encoder.conv_out(encoder.conv_act(encoder.conv_norm_out(x))))
        mean: Tensor = moments.chunk(2, dim=1)[0]
        return mean.float() * self._scale

    def decoded(self, latents: Tensor) -> Tensor:
        """See `Autoencoder`."""
        decoder = self._network.decoder
        up = (layer for block in decoder.up_blocks for layer in _layers(block, block.upsamplers))
        layers = (self._network.post_quant_conv, decoder.conv_in, decoder.mid_block, *up)
        x = _through(layers, (latents / self._scale).to(self._network.dtype))
        image = decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(x)))
        return unsigned(image.float()).clamp(0, 1)


class InTiles:
    """A large picture, as latents and back, in overlapping tiles over what is new in it: none sees more than a tile."""

    def __init__(self, autoencoder: Autoencoder, cells: Tensor, tile: tuple[int, int]) -> None:
        """cells: 1 where all is new, (1, 1, h, w) as its latents; tile: (height, width) in pixels."""
        self._autoencoder = autoencoder
        self._cells = cells
        height, width = (max(1, side // autoencoder.multiple) for side in tile)
        self._tiles = tiles_over(cells, (height, width))

    @property
    def unseen(self) -> Tensor:
        """1 in the cells that are in no tile, (1, 1, h, w)."""
        unseen = torch.ones_like(self._cells)
        for tile in self._tiles:
            cut(unseen, tile).zero_()
        return unseen

    def encoded(self, image: Tensor) -> list[tuple[Box, Tensor]]:
        """The latents of every tile, and where it is in those of the picture."""
        return [(tile, self._autoencoder.encoded(cut(image, self._in_pixels(tile)))) for tile in self._tiles]

    def together(self, tiles: Sequence[tuple[Box, Tensor]]) -> Tensor:
        """The picture's latents (1, c, h, w); 0 where there is no tile."""
        return averaged(tiles, self._cells.expand(-1, tiles[0][1].shape[1], -1, -1) * 0)

    def decoded(self, latents: Tensor, elsewhere: Tensor) -> Tensor:
        """The picture of latents, as `elsewhere` has it where there is no tile."""
        tiles = [(self._in_pixels(tile), self._autoencoder.decoded(cut(latents, tile))) for tile in self._tiles]
        return averaged(tiles, elsewhere)

    def _in_pixels(self, tile: Box) -> Box:
        return Box(*(side * self._autoencoder.multiple for side in astuple(tile)))


class TiledAutoencoder:
    """See `Autoencoder`: another one, which is shown no more than tiles of a picture, so that it takes less memory."""

    def __init__(self, autoencoder: Autoencoder, side: int) -> None:
        """side: of a tile, in pixels."""
        self._autoencoder = autoencoder
        self._side = side

    @property
    def multiple(self) -> int:
        """See `Autoencoder`."""
        return self._autoencoder.multiple

    def encoded(self, image: Tensor) -> Tensor:
        """See `Autoencoder`."""
        tiles = self._tiles(image, image.shape[-2] // self.multiple, image.shape[-1] // self.multiple)
        return tiles.together(tiles.encoded(image))

    def decoded(self, latents: Tensor) -> Tensor:
        """See `Autoencoder`."""
        height, width = latents.shape[-2:]
        everywhere = latents.new_zeros(1, 3, height * self.multiple, width * self.multiple)
        return self._tiles(latents, height, width).decoded(latents, everywhere)

    def _tiles(self, like: Tensor, height: int, width: int) -> InTiles:
        high, wide = (min(self._side, side * self.multiple) for side in (height, width))
        return InTiles(self._autoencoder, like.new_ones(1, 1, height, width), (high, wide))


class TinyDecoder:
    """What latents (n, 4, h, w), as the U-Net sees them, show: (n, 3, 8 h, 8 w) in [0, 1], by a small network
    (https://github.com/madebyollin/taesd), in a tenth of the time of the real one; of large ones a smaller picture, so
    that a preview never costs more than one of 512 × 512.
    """

    def __init__(self, network: Any) -> None:
        """network: diffusers' AutoencoderTiny."""
        self._network = network

    def __call__(self, latents: Tensor) -> Tensor:
        """Unlike the real one it takes them as they are: its own scale is in its weights."""
        scale = min(1.0, _SHOWN / max(latents.shape[-2:]))
        if scale < 1:
            high, wide = (max(1, round(side * scale)) for side in latents.shape[-2:])
            latents = F.interpolate(latents, (high, wide), mode="area")
        image: Tensor = self._network.decode(latents.to(self._network.dtype)).sample
        return unsigned(image.float()).clamp(0, 1)


def approximated(latents: Tensor) -> Tensor:
    """What latents (n, 4, h, w) show, at their own size: (n, 3, h, w) in [0, 1], in next to no time."""
    colours = torch.einsum("nlhw,lc->nchw", latents, latents.new_tensor(_RED_GREEN_BLUE))
    return unsigned(colours).clamp(0, 1)


def _layers(block: Any, resize: Iterable[_Layer] | None) -> list[_Layer]:
    """What a block of the library does, one after another."""
    return [*(partial(resnet, temb=None) for resnet in block.resnets), *(resize or ())]


def _through(layers: Iterable[_Layer], x: Tensor) -> Tensor:
    for layer in layers:
        x = layer(x)
    return x
