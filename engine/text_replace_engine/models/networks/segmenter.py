"""Semantic segmentation: a transformers SegFormer (Xie et al. 2021), built from a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from text_replace_engine.models.networks.segmenter_head import label_logits
from text_replace_engine.models.store import Config, Stored, fill

STRIDE = 32  # the deepest stage's; input sides are multiples of it


def build_segmenter(config: Config) -> SegformerForSemanticSegmentation:
    """The untrained network of a configuration (`segformer`, `labels`)."""
    return SegformerForSemanticSegmentation(SegformerConfig(num_labels=len(config["labels"]), **config["segformer"]))


@dataclass(frozen=True)
class Labelling:
    """The logits (K, g, f) of all labels on the network's own grid, which is a fraction of the picture's `size`, height
    and width: all of them at full size would take hundreds of megabytes.
    """

    grid: Tensor
    size: tuple[int, int]

    def logits(self, labels: Sequence[int]) -> Tensor:
        """Of these labels, for every pixel: (len(labels), height, width)."""
        return self.enlarged(self.grid[list(labels)])

    def enlarged(self, planes: Tensor) -> Tensor:
        """Planes (n, g, f) on the grid, for every pixel: (n, height, width)."""
        return functional.interpolate(planes[None], self.size, mode="bilinear", align_corners=False)[0]


@dataclass(frozen=True)
class Look:
    """What one pass over a picture gives.

    features: (f,), the mean, the standard deviation, the largest and the smallest value of every channel of the
    encoder's stages, finest stage first.
    """

    labelling: Labelling
    features: Tensor


class Segmenter(nn.Module):
    """A label for every pixel; `labels[0]` may be "background"."""

    def __init__(self, network: SegformerForSemanticSegmentation, config: Config) -> None:
        super().__init__()
        self.network = network
        self.labels: tuple[str, ...] = tuple(config["labels"])
        self.input_size: int = config["input_size"]
        #: The side at which it has learnt to refine one object, seen with its near surroundings; None: it has not.
        #: The key's name is older: installed models have it.
        self.refinement_size: int | None = config.get("closer_size")
        self.register_buffer("_mean", torch.tensor(config["mean"]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(config["std"]).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def load(cls, stored: Stored) -> Segmenter:
        """The segmenter of stored weights; raises ModelDamaged."""
        with torch.device("meta"):
            network = build_segmenter(stored.config)
        fill(network, stored.tensors, "segmenter.safetensors")
        return cls(network.eval(), stored.config)

    def logits(self, image: Tensor) -> Tensor:
        """Label logits (1, K, H, W) of a picture (1, 3, H, W) in [0, 1]; it is scaled to `input_size` inside."""
        return self.labelling(image).logits(range(len(self.labels)))[None]

    def labelling(self, image: Tensor) -> Labelling:
        """The same, on the network's grid."""
        return self._labelling(self._encoded(self._scaled(image, self.input_size)), image)

    def look(self, image: Tensor) -> Look:
        """The same, with what the encoder saw."""
        stages = self._encoded(self._scaled(image, self.input_size))
        return Look(self._labelling(stages, image), torch.cat([_pooled(stage[0].float()) for stage in stages]))

    def refinements(self, squares: Sequence[Tensor]) -> list[Labelling]:
        """Of several objects' square surroundings (1, 3, s, s) in [0, 1], one at least, which are scaled to
        `refinement_size` inside.
        """
        assert self.refinement_size is not None
        scaled = torch.cat([self._scaled(square, self.refinement_size) for square in squares])
        grids = label_logits(self.network.decode_head, self._encoded(scaled))
        return [
            Labelling(grid, (square.shape[-2], square.shape[-1])) for grid, square in zip(grids, squares, strict=True)
        ]

    def _encoded(self, scaled: Tensor) -> tuple[Tensor, ...]:
        """The encoder's stages (n, c, h, w), finest first."""
        mean, std = cast(Tensor, self._mean), cast(Tensor, self._std)
        normal = ((scaled - mean.float()) / std.float()).to(mean.dtype)
        seen = self.network.segformer(pixel_values=normal, output_hidden_states=True)
        return cast(tuple[Tensor, ...], seen.hidden_states)

    def _labelling(self, stages: Sequence[Tensor], image: Tensor) -> Labelling:
        grid = label_logits(self.network.decode_head, stages)[0]
        return Labelling(grid, (image.shape[-2], image.shape[-1]))

    def _scaled(self, image: Tensor, longest: int) -> Tensor:
        height, width = image.shape[-2:]
        scale = longest / max(height, width)
        size = tuple(max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in (height, width))
        return functional.interpolate(image, size, mode="bilinear", antialias=True, align_corners=False)


def _pooled(stage: Tensor) -> Tensor:
    """(4 c,) of a stage's features (c, h, w)."""
    flat = stage.flatten(1)
    return torch.cat([flat.mean(1), flat.std(1, correction=0), flat.amax(1), flat.amin(1)])
