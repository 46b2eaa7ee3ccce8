"""OpenAI's guided-diffusion checkpoints (Dhariwal and Nichol 2021, "ADM") as diffusers UNet2DModels, key by key.

Both compute the same function: timestep embedding, residual blocks that are modulated by it, attention at low
resolutions; only names, the layout of the attention's rows and 1×1 convolutions written as linear layers differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from text_replace_engine.models.networks.denoiser import build_denoiser
from text_replace_engine.models.store import Config
from text_replace_wire.errors import ModelDamaged

_ATTENTION_SIZES = (32, 16, 8)
_BLOCKS_A_LEVEL = 2
_CLASSES = 1000


@dataclass(frozen=True)
class Architecture:
    """One published network. `width`: the reference's `num_channels`; `parameters`: its exact number of weights."""

    name: str
    size: int
    multipliers: tuple[float, ...]
    class_conditional: bool
    parameters: int
    width: int = 256
    head_width: int = 64
    new_attention_order: bool = False

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of every level, from the finest."""
        return tuple(int(multiplier * self.width) for multiplier in self.multipliers)

    def attends(self, level: int) -> bool:
        """Whether a level has attention."""
        return self.size >> level in _ATTENTION_SIZES


_256, _512 = (1, 1, 2, 2, 4, 4), (0.5, 1, 1, 2, 2, 4, 4)
ARCHITECTURES = (
    Architecture("256", 256, _256, False, 552_814_086),
    Architecture("512-class", 512, _512, True, 558_997_638),
    Architecture("512", 512, _512, False, 557_973_638),
)


def recognised(state: Mapping[str, Tensor]) -> Architecture | None:
    """The published network whose number of weights a checkpoint has; None for anything else."""
    if "time_embed.0.weight" not in state or "out.2.weight" not in state:
        return None
    parameters = sum(tensor.numel() for tensor in state.values())
    return next((architecture for architecture in ARCHITECTURES if architecture.parameters == parameters), None)


def denoiser_config(architecture: Architecture) -> Config:
    """The configuration of the Denoiser that holds such a network."""
    levels = range(len(architecture.multipliers))
    down = ["AttnDownBlock2D" if architecture.attends(level) else "ResnetDownsampleBlock2D" for level in levels]
    up = ["AttnUpBlock2D" if architecture.attends(level) else "ResnetUpsampleBlock2D" for level in reversed(levels)]
    unet = {
        "sample_size": architecture.size,
        "in_channels": 3,
        "out_channels": 6,
        "time_embedding_dim": 4 * architecture.width,
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "down_block_types": down,
        "up_block_types": up,
        "block_out_channels": list(architecture.channels),
        "layers_per_block": _BLOCKS_A_LEVEL,
        "downsample_type": "resnet",
        "upsample_type": "resnet",
        "attention_head_dim": architecture.head_width,
        "norm_num_groups": 32,
        "attn_norm_num_groups": 32,
        "norm_eps": 1e-5,
        "resnet_time_scale_shift": "scale_shift",
        "num_class_embeds": _CLASSES if architecture.class_conditional else None,
    }
    return {
        "size": architecture.size,
        "stem": 1,
        "prediction_type": "epsilon",
        "schedule": "linear",
        "takes_text": False,
        "sees_surroundings": False,
        "paints_pieces": True,
        "text_dim": 0,
        "time_width": architecture.width,
        "unet": unet,
    }


def converted(state: Mapping[str, Tensor], architecture: Architecture) -> dict[str, Tensor]:
    """The weights under UNet2DModel's names; where the layout is the same, the very same tensors.

    Raises ModelDamaged unless every tensor of the checkpoint is used and every one of the network is filled.
    """
    names = _Names(dict(state), architecture)
    try:
        names.move_all()
    except (KeyError, RuntimeError) as error:
        raise _unlike(architecture, f"{error} is missing or has another shape") from error
    with torch.device("meta"):
        network = build_denoiser(denoiser_config(architecture))
    wanted = {name: tensor.shape for name, tensor in network.state_dict().items()}
    found = {name: tensor.shape for name, tensor in names.moved.items()}
    if names.left or found != wanted:
        odd = [*names.left, *(name for name in {**wanted, **found} if wanted.get(name) != found.get(name))]
        raise _unlike(architecture, f"{odd[0]} does not belong there")
    return names.moved


def _unlike(architecture: Architecture, why: str) -> ModelDamaged:
    return ModelDamaged(f"The checkpoint is not the diffusion network “{architecture.name}” ({why}): fetch it again.")


class _Names:
    """Moves tensors from the reference's names to diffusers'."""

    def __init__(self, left: dict[str, Tensor], architecture: Architecture) -> None:
        self.left = left
        self.moved: dict[str, Tensor] = {}
        self._architecture = architecture

    def move_all(self) -> None:
        self._move("time_embed.0", "time_embedding.linear_1")
        self._move("time_embed.2", "time_embedding.linear_2")
        if self._architecture.class_conditional:
            self.moved["class_embedding.weight"] = self.left.pop("label_emb.weight")
        self._move("input_blocks.0.0", "conv_in")
        self._move_down()
        self._resnet("middle_block.0", "mid_block.resnets.0")
        self._attention("middle_block.1", "mid_block.attentions.0")
        self._resnet("middle_block.2", "mid_block.resnets.1")
        self._move_up()
        self._move("out.0", "conv_norm_out")
        self._move("out.2", "conv_out")

    def _move_down(self) -> None:
        block, last = 1, len(self._architecture.multipliers) - 1
        for level in range(last + 1):
            for number in range(_BLOCKS_A_LEVEL):
                self._resnet(f"input_blocks.{block}.0", f"down_blocks.{level}.resnets.{number}")
                if self._architecture.attends(level):
                    self._attention(f"input_blocks.{block}.1", f"down_blocks.{level}.attentions.{number}")
                block += 1
            if level < last:
                self._resnet(f"input_blocks.{block}.0", f"down_blocks.{level}.downsamplers.0")
                block += 1

    def _move_up(self) -> None:
        block, last = 0, len(self._architecture.multipliers) - 1
        for level in range(last, -1, -1):
            up = last - level
            for number in range(_BLOCKS_A_LEVEL + 1):
                self._resnet(f"output_blocks.{block}.0", f"up_blocks.{up}.resnets.{number}")
                attends = self._architecture.attends(level)
                if attends:
                    self._attention(f"output_blocks.{block}.1", f"up_blocks.{up}.attentions.{number}")
                if level and number == _BLOCKS_A_LEVEL:
                    self._resnet(f"output_blocks.{block}.{2 if attends else 1}", f"up_blocks.{up}.upsamplers.0")
                block += 1

    def _move(self, source: str, target: str) -> None:
        for kind in ("weight", "bias"):
            self.moved[f"{target}.{kind}"] = self.left.pop(f"{source}.{kind}")

    def _resnet(self, source: str, target: str) -> None:
        self._move(f"{source}.in_layers.0", f"{target}.norm1")
        self._move(f"{source}.in_layers.2", f"{target}.conv1")
        self._move(f"{source}.emb_layers.1", f"{target}.time_emb_proj")
        self._move(f"{source}.out_layers.0", f"{target}.norm2")
        self._move(f"{source}.out_layers.3", f"{target}.conv2")
        if f"{source}.skip_connection.weight" in self.left:
            self._move(f"{source}.skip_connection", f"{target}.conv_shortcut")

    def _attention(self, source: str, target: str) -> None:
        self._move(f"{source}.norm", f"{target}.group_norm")
        for kind in ("weight", "bias"):
            rows = self.left.pop(f"{source}.qkv.{kind}")
            for name, part in zip(("to_q", "to_k", "to_v"), self._queries_keys_values(rows), strict=True):
                self.moved[f"{target}.{name}.{kind}"] = part.contiguous()
            projection = self.left.pop(f"{source}.proj_out.{kind}")
            self.moved[f"{target}.to_out.0.{kind}"] = _without_kernel(projection)

    def _queries_keys_values(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Three tensors of as many rows. The new order is all queries, all keys, all values; the legacy one is that for
        every head in turn.
        """
        rows = _without_kernel(rows)
        if self._architecture.new_attention_order:
            return rows.chunk(3)
        heads = rows.reshape(-1, 3, self._architecture.head_width, *rows.shape[1:])
        return tuple(part.reshape(-1, *rows.shape[1:]) for part in heads.unbind(1))


def _without_kernel(tensor: Tensor) -> Tensor:
    """A 1×1 convolution's weight (out, in, 1) as a linear layer's (out, in); a bias as it is."""
    return tensor[..., 0] if tensor.ndim == 3 else tensor
