"""All instances of a phrase, by transformers' SAM 3, from a snapshot of the hub.

Carion et al. 2025, "SAM 3: Segment Anything with Concepts", https://arxiv.org/abs/2511.16719
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Sam3Model, Sam3Processor

from text_replace_engine.models.networks.snapshots import as_bytes, read_network, read_processor

_MODEL_TYPES = ("sam3", "sam3_video")
#: Its tokenizer has every letter as the end of a word; one without its file has no words at all.
_WORD = "a</w>"


@dataclass(frozen=True)
class ConceptsView:
    """What the network has seen of a picture before it hears a phrase. size: (height, width) of the picture."""

    features: Any
    size: tuple[int, int]

    @property
    def nbytes(self) -> int:
        held = (part for value in self.features.values() for part in (value if isinstance(value, tuple) else (value,)))
        return sum(part.nbytes for part in held if isinstance(part, Tensor))


@dataclass(frozen=True)
class ConceptInstances:
    """presence: 0 to 1, that the picture has any. scores: (n,), 0 to 1, of each, given that it has, best first.
    masks: bool (n, h, w). Both on the processor.
    """

    presence: float
    scores: Tensor
    masks: Tensor


class Concepts(nn.Module):
    """Every instance of a phrase with its mask, and whether there is one at all; one pass over the picture serves all
    phrases.
    """

    def __init__(self, network: Sam3Model, processor: Sam3Processor) -> None:
        super().__init__()
        self.network = network
        self._processor = processor

    @classmethod
    def load(cls, folder: Path) -> Concepts:
        """The network of a snapshot; raises ModelMissing or ModelDamaged."""
        return cls(read_network(folder, Sam3Model, _MODEL_TYPES), read_processor(folder, Sam3Processor, (_WORD,)))

    @torch.inference_mode()
    def see(self, image: Tensor) -> ConceptsView:
        """What there is in an RGB image (1, 3, h, w) in [0, 1], whatever the phrase."""
        prepared = self._processor(images=as_bytes(image), input_data_format="channels_first", return_tensors="pt")
        some = next(self.network.parameters())
        features = self.network.get_vision_features(prepared["pixel_values"].to(some.device, some.dtype))
        height, width = image.shape[-2:]
        return ConceptsView(features, (height, width))

    @torch.inference_mode()
    def instances(self, view: ConceptsView, phrase: str, least: float, most: int) -> ConceptInstances:
        """At most `most` instances of a phrase, with a score of `least` and more; a longer phrase than the network
        reads is cut.
        """
        length = self.network.config.text_config.max_position_embeddings
        text = self._processor.tokenizer(
            phrase, return_tensors="pt", padding="max_length", max_length=length, truncation=True
        )
        device = next(self.network.parameters()).device
        words = {name: text[name].to(device) for name in ("input_ids", "attention_mask")}
        seen = self.network(vision_embeds=view.features, **words)
        scores = seen.pred_logits[0].float().sigmoid().cpu()
        order = torch.argsort(scores, descending=True, stable=True)[:most]
        order = order[scores[order] >= least]
        low = seen.pred_masks[0].float().cpu()[order].sigmoid()
        masks = torch.zeros(0, *view.size, dtype=torch.bool)
        if len(order):
            whole = nn.functional.interpolate(low[None], view.size, mode="bilinear", align_corners=False)
            masks = whole[0] > 0.5
        return ConceptInstances(float(seen.presence_logits[0, 0].float().sigmoid()), scores[order], masks)
