"""The masker: pixels of what a box or points show, by transformers' SAM 2, from a snapshot of the hub.

Ravi et al. 2024, "SAM 2: Segment Anything in Images and Videos", https://arxiv.org/abs/2408.00714
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Sam2Model, Sam2Processor

from text_replace_engine.models.networks.snapshots import as_bytes, read_network, read_processor

#: The hub's snapshots are of networks for videos, which have all that one for pictures needs.
_MODEL_TYPES = ("sam2", "sam2_video")


@dataclass(frozen=True)
class MaskerView:
    """What the masker has seen of a picture before it hears where to look. size: (height, width) of the picture."""

    features: list[Tensor]
    size: tuple[int, int]

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for tensor in self.features)


class Masker(nn.Module):
    """Masks for boxes and points; one pass over the picture serves them all."""

    def __init__(self, network: Sam2Model, processor: Sam2Processor) -> None:
        super().__init__()
        self.network = network
        self._processor = processor

    @classmethod
    def load(cls, folder: Path) -> Masker:
        """The masker of a snapshot; raises ModelMissing or ModelDamaged."""
        return cls(read_network(folder, Sam2Model, _MODEL_TYPES), read_processor(folder, Sam2Processor))

    @torch.inference_mode()
    def see(self, image: Tensor) -> MaskerView:
        """What there is in an RGB image (1, 3, h, w) in [0, 1], wherever one looks."""
        prepared = self._processor(as_bytes(image), input_data_format="channels_first", return_tensors="pt")
        some = next(self.network.parameters())
        features = self.network.get_image_embeddings(prepared["pixel_values"].to(some.device, some.dtype))
        height, width = image.shape[-2:]
        return MaskerView(features, (height, width))

    def boxes(self, view: MaskerView, boxes: Tensor) -> Tensor:
        """The masks, bool (n, h, w) on the processor, of the objects in boxes (n, 4), x0, y0, x1, y1 in pixels."""
        if not len(boxes):
            return torch.zeros(0, *view.size, dtype=torch.bool)
        return self._masks(view, several=False, input_boxes=[boxes.tolist()])

    def object_at(
        self, view: MaskerView, points: Sequence[tuple[float, float]], box: tuple[float, float, float, float] | None
    ) -> Tensor:
        """The mask, bool (h, w) on the processor, of the one object at all `points` (x, y) and in `box` (x0, y0, x1,
        y1), in pixels from the picture's outer edges; one of the two is given.
        """
        prompts: dict[str, Any] = {}
        if points:
            # The library's points are at the centres of pixels.
            prompts["input_points"] = [[[[x - 0.5, y - 0.5] for x, y in points]]]
            prompts["input_labels"] = [[[1] * len(points)]]
        if box is not None:
            prompts["input_boxes"] = [[list(box)]]
        # A single point may mean a part, an object or a group: the network offers all three.
        return self._masks(view, several=box is None and len(points) == 1, **prompts)[0]

    @torch.inference_mode()
    def _masks(self, view: MaskerView, several: bool, **prompts: Any) -> Tensor:
        given = self._processor(original_sizes=[list(view.size)], return_tensors="pt", **prompts)
        device = view.features[0].device
        # Places stay in float32, whatever the network computes in: bfloat16 would move them by pixels.
        places = {name: given[name].to(device) for name in prompts}
        seen = self.network(image_embeddings=view.features, multimask_output=several, **places)
        best = seen.iou_scores[0].argmax(-1)
        chosen = seen.pred_masks[0][torch.arange(len(best), device=device), best].float().cpu()
        masks: Tensor = self._processor.post_process_masks([chosen[:, None]], [list(view.size)])[0][:, 0]
        return masks
