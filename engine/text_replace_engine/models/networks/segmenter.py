"""Semantic segmentation: a transformers SegFormer (Xie et al. 2021), built from a configuration."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import SegformerConfig, SegformerForSemanticSegmentation

from text_replace_engine.models.store import Config, Stored, fill

STRIDE = 32  # the deepest stage's; input sides are multiples of it


def build_segmenter(config: Config) -> SegformerForSemanticSegmentation:
    """The untrained network of a configuration (`segformer`, `labels`)."""
    return SegformerForSemanticSegmentation(SegformerConfig(num_labels=len(config["labels"]), **config["segformer"]))


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
        return self._at(image, self.input_size)

    def refinement_logits(self, square: Tensor) -> Tensor:
        """Label logits (1, K, s, s) of an object's square surroundings (1, 3, s, s) in [0, 1], which are scaled to
        `refinement_size` inside.
        """
        assert self.refinement_size is not None
        return self._at(square, self.refinement_size)

    def _at(self, image: Tensor, longest: int) -> Tensor:
        height, width = image.shape[-2:]
        scale = longest / max(height, width)
        size = tuple(max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in (height, width))
        mean, std = cast(Tensor, self._mean), cast(Tensor, self._std)
        small = functional.interpolate(image, size, mode="bilinear", antialias=True, align_corners=False)
        found = self.network(pixel_values=((small - mean.float()) / std.float()).to(mean.dtype)).logits.float()
        return functional.interpolate(found, (height, width), mode="bilinear", align_corners=False)
