"""The detector of a phrase's boxes: transformers' MM-Grounding-DINO, from a snapshot of the hub.

Zhao et al. 2024, "An Open and Comprehensive Pipeline for Unified Object Grounding and Detection",
https://arxiv.org/abs/2401.02361
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GroundingDinoProcessor, MMGroundingDinoForObjectDetection

from text_replace_engine.models.networks.snapshots import as_bytes, damaged, read_network, read_processor

_MODEL_TYPES = ("mm-grounding-dino",)
#: The network tells by these ids where a phrase ends, so a tokenizer that has others for them is another network's.
_DELIMITERS = {"[CLS]": 101, "[SEP]": 102, ".": 1012, "?": 1029}
#: What is put around a phrase: a token at its start, a full stop and a token at its end.
_AROUND = 3


@dataclass(frozen=True)
class DetectorView:
    """What the detector has seen of a picture before it hears a phrase. size: (height, width) of the picture."""

    inputs: dict[str, Tensor]
    features: Any
    size: tuple[int, int]

    @property
    def nbytes(self) -> int:
        maps, positions = self.features
        kept = [*self.inputs.values(), *positions, *(tensor for pair in maps for tensor in pair)]
        return sum(tensor.nbytes for tensor in kept)


@dataclass(frozen=True)
class Detections:
    """boxes: (n, 4), x0, y0, x1, y1 in the picture's pixels, inside it. scores: (n,), 0 to 1. Both float32, on the
    processor.
    """

    boxes: Tensor
    scores: Tensor


class Detector(nn.Module):
    """Boxes for a phrase, each with how well it fits all of the phrase's words."""

    def __init__(self, network: MMGroundingDinoForObjectDetection, processor: GroundingDinoProcessor) -> None:
        super().__init__()
        self._backbone = _SharedBackbone(network.model.backbone)
        network.model.backbone = self._backbone
        self.network = network
        self._processor = processor

    @classmethod
    def load(cls, folder: Path) -> Detector:
        """The detector of a snapshot; raises ModelMissing or ModelDamaged."""
        network = read_network(folder, MMGroundingDinoForObjectDetection, _MODEL_TYPES)
        processor = read_processor(folder, GroundingDinoProcessor, tuple(_DELIMITERS))
        known = processor.tokenizer.get_vocab()
        if any(known[word] != place for word, place in _DELIMITERS.items()):
            raise damaged(folder, "tokenizer.json")
        return cls(network, processor)

    @torch.inference_mode()
    def see(self, image: Tensor) -> DetectorView:
        """What there is in an RGB image (1, 3, h, w) in [0, 1], whatever the phrase: one pass serves all phrases."""
        prepared = self._processor.image_processor(
            as_bytes(image), input_data_format="channels_first", return_tensors="pt"
        )
        some = next(self.network.parameters())
        inputs = {
            "pixel_values": prepared["pixel_values"].to(some.device, some.dtype),
            "pixel_mask": prepared["pixel_mask"].to(some.device),
        }
        height, width = image.shape[-2:]
        return DetectorView(inputs, self._backbone(**inputs), (height, width))

    @torch.inference_mode()
    def detect(self, view: DetectorView, phrase: str) -> Detections:
        """A box for every query of the network, best first; none for a phrase that is longer than it can read.

        A score is the mean over the phrase's tokens: the library's maximum lets an apple satisfy “red apple”.
        """
        cleaned = _cleaned(phrase)
        text = self._processor(text=[[cleaned]], return_tensors="pt")
        tokens = text["input_ids"][0]
        own = ~torch.isin(tokens, torch.tensor(list(_DELIMITERS.values())))
        if not cleaned or not own.any() or len(tokens) > self.network.config.max_text_len:
            return Detections(torch.zeros(0, 4), torch.zeros(0))
        some = next(self.network.parameters())
        with self._backbone.giving(view.features):
            seen = self.network(**view.inputs, **{name: tensor.to(some.device) for name, tensor in text.items()})
        scores = seen.logits[0].float().cpu()[:, : len(tokens)][:, own].sigmoid().mean(1)
        order = torch.argsort(scores, descending=True, stable=True)
        return Detections(corners(seen.pred_boxes[0].float().cpu(), view.size)[order], scores[order])


def corners(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Boxes (n, 4) x0, y0, x1, y1 in pixels, inside a picture of `size` (height, width), of centres and sizes (n, 4)
    x, y, width, height in shares of it.
    """
    height, width = size
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    whole = boxes.new_tensor([width, height])
    first, last = ((centre + sign * half) * whole for sign in (-1, 1))
    return torch.cat([first.clamp(min=0).minimum(whole), last.clamp(min=0).minimum(whole)], 1)


class _SharedBackbone(nn.Module):
    """The part of the network that sees the picture only, which need not run again for another phrase."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.position_embedding = backbone.position_embedding
        self._given: Any = None

    @contextmanager
    def giving(self, features: Any) -> Iterator[None]:
        """While the block runs, `features` are what it answers."""
        self._given = features
        try:
            yield
        finally:
            self._given = None

    def forward(self, pixel_values: Tensor, pixel_mask: Tensor) -> Any:
        """Maps with their masks, and the codes of their positions."""
        return self.backbone(pixel_values, pixel_mask) if self._given is None else self._given


def _cleaned(phrase: str) -> str:
    """In small letters, without the signs that would end it before its end."""
    return " ".join(phrase.lower().replace(".", " ").replace("?", " ").split())
