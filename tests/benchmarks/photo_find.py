"""What a find by the photo models costs: networks of the published sizes with random weights, printed, never asserted.

python -m tests.benchmarks.photo_find [--dtype float32] [--boxes 5]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Generator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from open_clip.tokenizer import SimpleTokenizer
from transformers import (
    BertTokenizer,
    GroundingDinoImageProcessor,
    GroundingDinoProcessor,
    MMGroundingDinoConfig,
    MMGroundingDinoForObjectDetection,
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2ImageProcessor,
    Sam2Model,
    Sam2Processor,
    Sam2VisionConfig,
)

from tests.benchmarks import real_size
from tests.engine.models import small_photo
from text_replace_engine.finding.agreement import Agreement
from text_replace_engine.finding.by_phrase.detect_and_mask import DetectAndMask
from text_replace_engine.finding.by_phrase.masking import PictureMasks
from text_replace_engine.finding.by_phrase.phrase_finder import PhraseFinder
from text_replace_engine.models import nouns
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.detector import Detections, Detector, DetectorView
from text_replace_engine.models.networks.masker import Masker
from text_replace_wire.messages import Stage

#: The copy of a photograph that is searched.
_SIZE = (854, 1280)
_GIBIBYTE = 2**30


class PlannedDetector(Detector):
    """Does all the work, then answers boxes of its own: with random weights it would find none."""

    def plan(self, count: int) -> None:
        """So many boxes, side by side."""
        left = torch.arange(count) * (_SIZE[1] / count)
        top, size = torch.full((count,), 200.0), _SIZE[1] / count * 0.8
        self._planned = Detections(torch.stack([left, top, left + size, top + size], 1), torch.full((count,), 0.9))

    def detect(self, view: DetectorView, phrase: str) -> Detections:
        """See `Detector`."""
        super().detect(view, phrase)
        return self._planned


def main() -> None:
    """Print seconds, ratios to the first find, and the most memory that this process took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16", "float16"])
    parser.add_argument("--boxes", type=int, default=5, help="that the detector answers")
    asked = parser.parse_args()
    finder, masks = _finder(getattr(torch, asked.dtype), asked.boxes)
    print(f"loaded: {_peak():.1f} GiB; {asked.dtype}, {torch.get_num_threads()} threads, {asked.boxes} boxes")
    everything = np.ones(_SIZE, bool)
    pictures = torch.randint(0, 256, (2, 1, 3, *_SIZE), generator=torch.Generator().manual_seed(0)) / 255

    def look(phrase: str) -> Callable[[], Generator[Stage, None, object]]:
        return lambda: finder.find(pictures[0], everything, phrase)

    first = _seconds("the first find of a picture", look("apple"))
    _seconds("a second phrase on it", look("red bicycle"), first, 0.8)
    _seconds("the same phrase again", look("apple"), first)
    at = [(640.0, 400.0)]
    _seconds("a click in it", lambda: masks.outline(pictures[0], everything, at, None), first, 0.25)
    _seconds("a click in another picture", lambda: masks.outline(pictures[1], everything, at, None), first)
    print(f"peak of all: {_peak():.1f} GiB")


def _seconds(
    what: str, work: Callable[[], Generator[Stage, None, object]], first: float | None = None, bar: float | None = None
) -> float:
    """Of the processor: other programs lengthen them less than those of the clock."""
    steps, wall = [time.process_time()], time.perf_counter()
    for _ in work():
        steps.append(time.process_time())
    steps.append(time.process_time())
    wall = time.perf_counter() - wall
    taken = steps[-1] - steps[0]
    parts = ", ".join(f"{after - before:.2f}" for before, after in pairwise(steps[1:]))
    ratio = "" if first is None else f", {taken / first:.2f} of the first"
    promise = "" if bar is None else f" (at most {bar})"
    print(f"{what}: {wall:.1f} s, {taken:.1f} s of processor time ({parts}){ratio}{promise}", flush=True)
    return taken


def _finder(dtype: torch.dtype, boxes: int) -> tuple[PhraseFinder, PictureMasks]:
    detector = PlannedDetector(_ready(MMGroundingDinoForObjectDetection(MMGroundingDinoConfig())), _words())
    detector.plan(boxes)
    clip = Clip(real_size.clip(), SimpleTokenizer(), {**real_size.VIT_B_32, **_ADAPTED})
    for network in (detector, clip):
        network.to(dtype)
    clip.remember_texts()
    # Small networks gain nothing from half the digits.
    masks = PictureMasks(Masker(_ready(Sam2Model(_sam2_small())), Sam2Processor(Sam2ImageProcessor())))
    everyday = nouns.everyday()
    vectors = torch.nn.functional.normalize(torch.randn(len(everyday.names), 512), dim=1)
    return PhraseFinder(DetectAndMask(detector, masks), clip, Agreement(clip, everyday, vectors)), masks


_ADAPTED: dict[str, Any] = {
    "mean": [0.5] * 3,
    "std": [0.25] * 3,
    "presence": {"scale": 40.0, "offset": -14.4, "floor": 0.5},
}


def _sam2_small() -> Sam2Config:
    """As sam2/configs/sam2.1/sam2.1_hiera_s.yaml of https://github.com/facebookresearch/sam2 describes it."""
    trunk = Sam2HieraDetConfig(blocks_per_stage=[1, 2, 11, 2], global_attention_blocks=[7, 10, 13])
    return Sam2Config(vision_config=Sam2VisionConfig(backbone_config=trunk))


def _words() -> GroundingDinoProcessor:
    with tempfile.TemporaryDirectory() as folder:
        small_photo.write_detector(Path(folder))
        return GroundingDinoProcessor(GroundingDinoImageProcessor(), BertTokenizer.from_pretrained(folder))


def _ready(network: Any) -> Any:
    return network.eval().requires_grad_(False)


def _peak() -> float:
    """GiB of memory that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _GIBIBYTE


if __name__ == "__main__":
    main()
