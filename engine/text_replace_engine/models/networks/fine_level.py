"""A finer level on top of diffusers' UNet2DModel: tokens of 2×2 pixels around a network whose own are 4×4.

What a token of the network below must carry in few channels (where in it an outline runs) is seen and drawn here, as
in a U-Net's uppermost level (Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597), of diffusers' own blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from diffusers import UNet2DModel
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.unets.unet_2d import UNet2DOutput
from torch import Tensor, nn
from torch.nn import functional

_STEM = 2
_DRAWING = 3  # residual blocks on the way up


class FineUNet2DModel(UNet2DModel):  # type: ignore[misc]
    """UNet2DModel with the finer level; all weights but `fine.…` are UNet2DModel's own.

    As initialised, it answers exactly as UNet2DModel with the same weights does.
    """

    def __init__(self, unet: Mapping[str, Any], stem: int, width: int) -> None:
        """unet: UNet2DModel's arguments, without residual skips of its samples; stem: by what its samples are folded, a
        multiple of 2; width: channels of the finer level, a multiple of `norm_num_groups`.
        """
        super().__init__(**unet)
        self._stem = stem
        self.fine = _FineLevel(
            taken=unet["in_channels"] // stem**2,
            given=unet["out_channels"] // stem**2,
            width=width,
            below=self.config.block_out_channels[0],
            told=self.time_embedding.linear_2.out_features,
            ratio=stem // _STEM,
            groups=self.config.norm_num_groups,
        )

    @property
    def width(self) -> int:
        """Channels of the finer level."""
        return self.fine.conv_in.out_channels

    def forward(self, sample: Tensor, timestep: Tensor, class_labels: Tensor | None = None) -> UNet2DOutput:
        """As UNet2DModel's: sample (n, in_channels, h, w) of folded pictures, timestep (n,), class_labels (n, d)."""
        told = self.time_embedding(self.time_proj(timestep).to(sample.dtype))
        if class_labels is not None:
            told = told + self.class_embedding(class_labels).to(sample.dtype)
        checkpointed = self.fine.gradient_checkpointing and torch.is_grad_enabled()

        def through(block: ResnetBlock2D, x: Tensor) -> Tensor:
            answer: Tensor = self.fine._gradient_checkpointing_func(block, x, told) if checkpointed else block(x, told)
            return answer

        finely = through(self.fine.seeing, self.fine.conv_in(_refolded(sample, self._stem, _STEM)))
        x = self.conv_in(sample) + self.fine.shrink(finely)
        kept = (x,)
        for block in self.down_blocks:
            x, more = block(hidden_states=x, temb=told)
            kept += more
        x = self.mid_block(x, told)
        for block in self.up_blocks:
            count = len(block.resnets)
            x, kept = block(x, kept[-count:], told), kept[:-count]
        x = self.conv_act(self.conv_norm_out(x))
        coarse = self.conv_out(x)
        x = functional.pixel_shuffle(self.fine.enlarge(torch.cat([x, coarse], 1)), self._stem // _STEM)
        x = torch.cat([x, finely], 1)
        for block in self.fine.drawing:
            x = through(block, x)
        correction = self.fine.conv_out(functional.silu(self.fine.norm_out(x)))
        return UNet2DOutput(sample=coarse + _refolded(correction, _STEM, self._stem))


class _FineLevel(nn.Module):
    """Its layers; what the network below takes from it, and what it adds to the prediction, begin at zero."""

    #: Both are set by `enable_gradient_checkpointing` of the network around it.
    gradient_checkpointing = False
    _gradient_checkpointing_func: Callable[..., Tensor]

    def __init__(self, taken: int, given: int, width: int, below: int, told: int, ratio: int, groups: int) -> None:
        """taken, given: channels of a pixel of the sample and of the prediction; below: the network's at its finest
        level, whose tokens are `ratio` times as long; told: numbers that say what time it is and what to paint.
        """
        super().__init__()

        def block(channels: int) -> ResnetBlock2D:
            return ResnetBlock2D(in_channels=channels, out_channels=width, temb_channels=told, groups=groups)

        self.conv_in = nn.Conv2d(taken * _STEM**2, width, 3, padding=1)
        self.seeing = block(width)
        self.shrink = nn.Conv2d(width, below, 2 * ratio - 1, stride=ratio, padding=ratio - 1)
        self.enlarge = nn.Conv2d(below + given * (_STEM * ratio) ** 2, width * ratio**2, 1)
        self.drawing = nn.ModuleList(block(width if number else 2 * width) for number in range(_DRAWING))
        self.norm_out = nn.GroupNorm(groups, width)
        self.conv_out = nn.Conv2d(width, given * _STEM**2, 3, padding=1)
        for layer in (self.shrink, self.conv_out):
            for weights in layer.parameters():
                nn.init.zeros_(weights)


def _refolded(folded: Tensor, stem: int, wanted: int) -> Tensor:
    """The same pictures in tokens of another size."""
    return functional.pixel_unshuffle(functional.pixel_shuffle(folded, stem), wanted)
