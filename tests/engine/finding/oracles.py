"""Networks that are always right, in the photo models' own formats of input and output: what goes wrong is ours.

The detector sees where the picture has the colour that a word names, the masker draws the ellipse inside its prompt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor, nn
from transformers import (
    BertTokenizer,
    GroundingDinoImageProcessor,
    GroundingDinoProcessor,
    Sam2ImageProcessor,
    Sam2Processor,
)

from tests.engine.finding.planted_clip import PlantedClip, agreement
from tests.engine.pipeline.stand_ins import StandInSet
from text_replace_engine.finding.by_phrase.detect_and_mask import DetectAndMask
from text_replace_engine.finding.by_phrase.masking import PictureMasks
from text_replace_engine.finding.by_phrase.phrase_finder import PhraseFinder
from text_replace_engine.models.networks.detector import Detector
from text_replace_engine.models.networks.masker import Masker
from text_replace_engine.models.nouns import Nouns
from text_replace_engine.painting.scorer import Scorer
from text_replace_engine.sets.model_set import LoadedSet

#: What the words mean: the colours of what is drawn, apart in grey too.
COLOURS = {"apple": (230, 20, 20), "cat": (20, 120, 20), "moon": (250, 250, 250)}
_NEAR = 40
_SCORES = {"apple": 0.9, "cat": 0.8, "moon": 0.7}
_TOKENS = 256


class OracleDetector(nn.Module):
    """See transformers' MMGroundingDinoForObjectDetection. Normalised pixels in; out come logits (1, queries, 256),
    −∞ after the text, and boxes (1, queries, 4): centre x, centre y, width, height, in shares of the picture.
    """

    def __init__(self, tokenizer: BertTokenizer) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.config = SimpleNamespace(max_text_len=_TOKENS)
        self.looking = _Passing()
        self.model: Any = nn.Module()
        self.model.backbone = self.looking
        self._tokenizer = tokenizer
        #: The phrases it was asked for, in the form it reads.
        self.asked: list[str] = []

    def forward(self, pixel_values: Tensor, pixel_mask: Tensor, input_ids: Tensor, **more: Tensor) -> SimpleNamespace:
        ((seen, _),), _ = self.model.backbone(pixel_values, pixel_mask)
        words = self._tokenizer.decode(input_ids[0, 1:-2])
        self.asked.append(words)
        boxes = _boxes(seen, COLOURS[words]) if words in COLOURS else []
        length, own = input_ids.shape[1], slice(1, input_ids.shape[1] - 2)
        logits = torch.full((1, 8, _TOKENS), -torch.inf)
        logits[..., :length] = -9.0
        for place in range(len(boxes)):
            logits[0, place, own] = float(torch.logit(torch.tensor(_SCORES[words] - 0.05 * place)))
        fill = [[0.5, 0.5, 0.0, 0.0]] * (8 - len(boxes))
        return SimpleNamespace(logits=logits, pred_boxes=torch.tensor([[*boxes, *fill]]))


class _Passing(nn.Module):
    """A backbone that passes on what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.position_embedding = nn.Identity()
        self.passes = 0

    def forward(self, pixel_values: Tensor, pixel_mask: Tensor) -> Any:
        self.passes += 1
        return [(pixel_values, pixel_mask)], [pixel_mask]


def _boxes(seen: Tensor, colour: tuple[int, int, int]) -> list[list[float]]:
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    pixels = (seen[0] * std + mean) * 255
    near = ((pixels - torch.tensor(colour).view(3, 1, 1)).abs().amax(0) < _NEAR).numpy()
    height, width = near.shape
    patches, _ = ndimage.label(near)
    found = []
    for rows, columns in ndimage.find_objects(patches):
        if (rows.stop - rows.start) * (columns.stop - columns.start) < 400:
            continue
        x, y = (columns.start + columns.stop) / 2 / width, (rows.start + rows.stop) / 2 / height
        found.append([x, y, (columns.stop - columns.start) / width, (rows.stop - rows.start) / height])
    return found[:8]


class OracleMasker(nn.Module):
    """See transformers' Sam2Model. Prompts are in pixels of the squashed square; masks are logits at a quarter of it,
    three where several are wanted, of which the second is the one meant.
    """

    def __init__(self, side: int = 1024) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self._side = side
        self.passes = 0

    def get_image_embeddings(self, pixel_values: Tensor) -> list[Tensor]:
        self.passes += 1
        assert pixel_values.shape == (1, 3, self._side, self._side)
        return [pixel_values]

    def forward(
        self,
        image_embeddings: list[Tensor],
        multimask_output: bool,
        input_boxes: Tensor | None = None,
        input_points: Tensor | None = None,
        input_labels: Tensor | None = None,
    ) -> SimpleNamespace:
        if input_boxes is None:
            assert input_points is not None and input_labels is not None and bool((input_labels == 1).all())
            reach = self._side / 10
            first, last = input_points[0].amin(1) - reach, input_points[0].amax(1) + reach
            input_boxes = torch.cat([first, last], 1)[None]
        masks = torch.stack([self._ellipse(box) for box in input_boxes[0]])[:, None]
        scores = torch.full((len(masks), 1), 0.9)
        if multimask_output:
            masks = torch.cat([-masks, masks, torch.full_like(masks, 5.0)], 1)
            scores = torch.tensor([[0.3, 0.9, 0.5]]).expand(len(masks), -1)
        return SimpleNamespace(pred_masks=masks[None], iou_scores=scores[None])

    def _ellipse(self, box: Tensor) -> Tensor:
        places = (torch.arange(self._side // 4) + 0.5) * 4
        centre, radius = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
        x, y = (places - centre[0]) / radius[0], (places - centre[1]) / radius[1]
        return 20 * (1 - (x[None, :] ** 2 + y[:, None] ** 2).sqrt())


#: What CLIP knows besides.
NOUNS = Nouns(
    ("stone", "tree", "oak"), {"stone": (), "tree": (), "oak": ("tree",)}, dict.fromkeys(("stone", "tree", "oak"), ())
)


def agreeing_clip() -> PlantedClip:
    """Finds that every picture shows all that the words mean."""
    clip = PlantedClip([*COLOURS, *NOUNS.names])
    clip.seen = clip.picture(**dict.fromkeys(COLOURS, 0.3))
    return clip


@dataclass
class Oracles:
    """A finder of the real parts around the oracles. tokenizer: a folder of `small_photo.write_detector`."""

    tokenizer: Path
    clip: PlantedClip = field(default_factory=agreeing_clip)

    def __post_init__(self) -> None:
        words = BertTokenizer.from_pretrained(self.tokenizer, local_files_only=True)
        self.detecting = OracleDetector(words)
        self.masking = OracleMasker()
        self.detector = Detector(self.detecting, GroundingDinoProcessor(GroundingDinoImageProcessor(), words))
        self.masker = Masker(self.masking, Sam2Processor(Sam2ImageProcessor()))
        self.masks = PictureMasks(self.masker)
        told = agreement(self.clip, NOUNS)
        self.finder = PhraseFinder(DetectAndMask(self.detector, self.masks), self.clip, told)  # type: ignore[arg-type]


@dataclass
class OracleSet(StandInSet):
    """The stand-in set that finds by the oracles."""

    oracles: Oracles | None = None

    def load(self, device: torch.device, dtype: torch.dtype | None) -> LoadedSet:
        assert self.oracles is not None
        blind = super().load(device, dtype)
        scorer: Scorer = blind.scorer
        return LoadedSet(self.oracles.finder, blind.painter, scorer, (), "float32", self.oracles.masks)


@dataclass(frozen=True)
class Drawn:
    """An ellipse of a colour: centre and radii in shares of the picture."""

    colour: tuple[int, int, int]
    centre: tuple[float, float]
    radii: tuple[float, float]

    def pixels(self, size: tuple[int, int], left: int = 0, top: int = 0, whole: tuple[int, int] | None = None) -> Any:
        """Which pixels (h, w) it covers in the part of `size` (width, height) at (left, top) of a picture of the size
        `whole`, the part itself where that is None.
        """
        width, height = whole or size
        x = (np.arange(size[0]) + left + 0.5) / width
        y = (np.arange(size[1]) + top + 0.5) / height
        across = ((x - self.centre[0]) / self.radii[0]) ** 2
        down = ((y - self.centre[1]) / self.radii[1]) ** 2
        covered: NDArray[np.bool_] = across[None, :] + down[:, None] <= 1
        return covered


def drawing(size: tuple[int, int], *objects: Drawn) -> NDArray[np.uint8]:
    """A picture (h, w, 3) of `size` (width, height) with the objects on grey-blue."""
    pixels = np.full((size[1], size[0], 3), (90, 100, 120), np.uint8)
    for drawn in objects:
        pixels[drawn.pixels(size)] = drawn.colour
    return pixels
