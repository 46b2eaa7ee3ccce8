"""How well new objects are found again in a batch's results; printed, never asserted.

PYTHONPATH=.:engine:plugin/text-replace .venv/bin/python -m tests.benchmarks.found_again [SCENES] [LONGEST SIDE …]

A scene is composed of three objects, each pixel's owner known, as those that the starter models were measured with; one
of the objects stands for what was painted, inside the edit region that it would have. The art comes from npm.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import torch
from platformdirs import user_cache_path

from text_replace_engine.batch.again import found_again
from text_replace_engine.batch.coco.segmentation import Mask, decoded
from text_replace_engine.client.exchange import PictureInMemory, Pixels
from text_replace_engine.finding.segment import intersection_over_union
from text_replace_engine.lab.estimates import Estimate, mean, share
from text_replace_engine.lab.train.art import Art, load_art
from text_replace_engine.lab.train.scenes import compose_scene
from text_replace_engine.local import LocalEngine
from text_replace_engine.painting.region import edit_region
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import EngineApi, ignore, never

#: Beyond the seeds of `lab.evaluate.cases` and of the quick set.
_FIRST_SEED = 3_000_000
_SIDES = (640, 1280, 2560, 4000)
#: The bar of the masks.
_GOOD = 0.9


def overlap(engine: EngineApi, pixels: Pixels, new: Mask, name: str) -> float | None:
    """Intersection over union of what is found again of an object in a picture (h, w, 3) with what is known of it; None
    where nothing is.
    """
    region = edit_region(torch.from_numpy(new)[None, None].float())[0, 0].numpy()
    painted = PictureInMemory(pixels, (region * 255).round().astype(np.uint8))
    found = found_again(engine, painted, name, name, "starter", ignore, never)
    if found is None:
        return None
    return intersection_over_union(decoded(found.segmentation, painted.size), new)


def main(arguments: Sequence[str]) -> None:
    """A line for each longest side, and one for all."""
    scenes, *sides = map(int, arguments or ("50",))
    torch.set_num_threads(1)
    art, engine = load_art(None, user_cache_path("text-replace")), LocalEngine(Pipeline("cpu"))
    everything: list[float | None] = []
    for side in sides or _SIDES:
        overlaps = [_of_scene(engine, art, index, side) for index in range(scenes)]
        everything += overlaps
        _tell(f"{side} pixels", overlaps)
    _tell("all", everything)


def _of_scene(engine: EngineApi, art: Art, index: int, side: int) -> float | None:
    rng = np.random.default_rng((_FIRST_SEED, side, index))
    quality = int(rng.integers(60, 96)) if rng.random() < 0.3 else None
    scene = compose_scene(rng, art, size=(side, side * 3 // 4), jpeg=quality)
    new = scene.objects[int(rng.integers(len(scene.objects)))]
    return overlap(engine, scene.image, new.mask, new.name)


def _tell(what: str, overlaps: Sequence[float | None]) -> None:
    found = [each for each in overlaps if each is not None]
    right = share([each >= _GOOD for each in found])
    print(
        f"{what}: found again {_written(share([each is not None for each in overlaps]))}; of these IoU "
        f"{_written(mean(found))}, at least {_GOOD} in {_written(right)}, least {min(found):.3f}",
        flush=True,
    )


def _written(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}] (n {estimate.count})"


if __name__ == "__main__":
    main(sys.argv[1:])
