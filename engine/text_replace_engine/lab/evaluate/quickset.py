"""Writes the quick set: `python -m text_replace_engine.lab.evaluate.quickset --cache DIR [--art DIR] [--scenes]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from text_replace_engine.lab.evaluate.cases import QUICK, ask
from text_replace_engine.lab.evaluate.material import SHEET, SHEET_SIDE, framed_crop, write_sheet
from text_replace_engine.lab.train.art import Art, load_art
from text_replace_engine.lab.train.impostors import impostor
from text_replace_engine.lab.train.scenes import compose_scene

#: After every seed that `ComposedCases` is likely to reach.
_FIRST_SEED = 2_000_000
_COUNT = 20
_SIZES = ((480, 360), (400, 300), (360, 480), (512, 384))


def main() -> None:
    """Compose the crops, and with --scenes the scenes too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--art", type=Path)
    parser.add_argument("--scenes", action="store_true")
    options = parser.parse_args()
    art = load_art(options.art, options.cache)
    if options.scenes:
        _write_scenes(art)
    _write_crops(art)


def _write_scenes(art: Art) -> None:
    """Pictures, label maps (0 background, k the k-th object) and scenes.json."""
    entries = []
    for index in range(_COUNT):
        rng = np.random.default_rng(_FIRST_SEED + index)
        scene = compose_scene(rng, art, size=_SIZES[index % len(_SIZES)])
        names = [item.name for item in scene.objects]
        owner = np.zeros(scene.image.shape[:2], np.uint8)
        for number, item in enumerate(scene.objects, start=1):
            owner[item.mask] = number
        picture, masks = f"scene-{index:02}.jpg", f"scene-{index:02}-masks.png"
        Image.fromarray(scene.image).save(QUICK / picture, quality=90)
        Image.fromarray(owner).save(QUICK / masks, optimize=True)
        question = ask(rng, names, names[int(rng.integers(len(names)))], listed=index % 2 == 0)
        entries.append({"picture": picture, "masks": masks, "objects": names, **vars(question)})
    (QUICK / "scenes.json").write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


def _write_crops(art: Art) -> None:
    """Two real crops of every name, and as many pictures of nothing."""
    seeds = [[(_FIRST_SEED, block, index) for index in range(len(art.names))] for block in range(3)]
    real = [
        [
            framed_crop(np.random.default_rng(seed), art, name, SHEET_SIDE, grey=False)
            for seed, name in zip(block, art.names, strict=True)
        ]
        for block in seeds[:2]
    ]
    nothing = [impostor(np.random.default_rng(seed), art, SHEET_SIDE) for seed in seeds[2]]
    write_sheet(SHEET, [*real, nothing])


if __name__ == "__main__":
    main()
