"""Writes the quick set: `python -m text_replace_engine.evaluate.quickset --cache DIR [--art DIR]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from ..train.art import load_art
from ..train.scenes import compose_scene
from .cases import QUICK, ask

#: After every seed that `ComposedCases` is likely to reach.
_FIRST_SEED = 2_000_000
_COUNT = 20
_SIZES = ((480, 360), (400, 300), (360, 480), (512, 384))


def main() -> None:
    """Compose the scenes and write pictures, label maps (0 background, k the k-th object) and scenes.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--art", type=Path)
    options = parser.parse_args()
    art = load_art(options.art, options.cache)
    entries = []
    for index in range(_COUNT):
        rng = np.random.default_rng(_FIRST_SEED + index)
        scene = compose_scene(rng, art, size=_SIZES[index % len(_SIZES)])
        names = [each.name for each in scene.objects]
        owner = np.zeros(scene.image.shape[:2], np.uint8)
        for number, each in enumerate(scene.objects, start=1):
            owner[each.mask] = number
        picture, masks = f"scene-{index:02}.jpg", f"scene-{index:02}-masks.png"
        Image.fromarray(scene.image).save(QUICK / picture, quality=90)
        Image.fromarray(owner).save(QUICK / masks, optimize=True)
        question = ask(rng, names, names[int(rng.integers(len(names)))], listed=index % 2 == 0)
        entries.append({"picture": picture, "masks": masks, "objects": names, **vars(question)})
    (QUICK / "scenes.json").write_text(json.dumps(entries, indent=1) + "\n")


if __name__ == "__main__":
    main()
