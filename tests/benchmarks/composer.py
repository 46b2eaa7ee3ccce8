"""What a training crop of 256 pixels with its region costs, composed by the batch and one by one, printed and never
asserted: `python -m tests.benchmarks.composer [--base REVISION]`. It needs npm for the art.

On one core, in milliseconds of processor time, or on a graphics card where there is one, in milliseconds. Everything
runs in turn, with `--base` also that version of the composer, so that a noisy machine disturbs all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch
from platformdirs import user_cache_path

from text_replace_engine import devices
from text_replace_engine.lab.train.art import Art, load_art
from text_replace_engine.lab.train.composer.crops import Composer
from text_replace_engine.lab.train.detail import RECIPE
from text_replace_engine.lab.train.regions import region_around
from text_replace_engine.lab.train.scenes import compose_crop

CLONE = Path(__file__).resolve().parents[2]
#: As many as a training composes at once on a processor, and many more.
_BATCHES = (16, 256)
_ONE_BY_ONE = 64


def main() -> None:
    """Print a row a way of composing: the median of all runs."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.composer", description=__doc__)
    parser.add_argument("--base", metavar="REVISION", help="what to compare with")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(_measured()))
        return
    with tempfile.TemporaryDirectory() as folder:
        trees = {"now": CLONE}
        if asked.base:
            packed = subprocess.run(["git", "archive", asked.base], cwd=CLONE, check=True, capture_output=True).stdout
            subprocess.run(["tar", "-x"], cwd=folder, check=True, input=packed)
            trees = {asked.base: Path(folder), **trees}
        figures: dict[str, list[float]] = defaultdict(list)
        for run in range(asked.runs):
            for name, tree in trees.items():
                for what, value in _in_process(tree).items():
                    figures[f"{what}, {name}"].append(value)
            print(f"run {run + 1} of {asked.runs}", file=sys.stderr, flush=True)
    print(f"ms a crop of {RECIPE.size} pixels with its region on {devices.best().type}, median (least) of {asked.runs}")
    for what, values in figures.items():
        print(f"{what}: {median(values):.2f} ({min(values):.2f})")


def _in_process(tree: Path) -> dict[str, float]:
    """`_measured` with the engine of a tree, on one thread."""
    sources = os.pathsep.join(str(folder) for folder in (tree / "engine", tree / "plugin" / "text-replace"))
    environment = {**os.environ, "PYTHONPATH": sources, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__)), "--once"]
    printed = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    found: dict[str, float] = json.loads(printed)
    return found


def _measured() -> dict[str, float]:
    torch.set_num_threads(1)
    art = load_art(None, user_cache_path("text-replace"))
    composer = Composer(art, RECIPE, devices.best())
    composer.crops((0,), _BATCHES[0])
    found = {"one by one": _milliseconds(partial(_one_by_one, art)) / _ONE_BY_ONE}
    for count in _BATCHES:
        found[f"by {count}"] = _milliseconds(partial(_batches, composer, count)) / max(_BATCHES)
    return found


def _batches(composer: Composer, count: int) -> None:
    for number in range(max(_BATCHES) // count):
        composer.crops((1, number), count)


def _one_by_one(art: Art) -> None:
    for number in range(_ONE_BY_ONE):
        rng = np.random.default_rng(number)
        variety = RECIPE.piece if rng.random() < RECIPE.pieces else RECIPE.whole
        grey, jpeg = rng.random() < RECIPE.grey, 75 if rng.random() < RECIPE.jpeg else None
        name = str(rng.choice(art.names))
        region_around(rng, art, compose_crop(rng, art, name, RECIPE.size, variety, grey, jpeg)[1])


def _milliseconds(work: Callable[[], object]) -> float:
    """Of processor time, or on a graphics card of time until it is done."""
    on_card = devices.best().type == "cuda"
    clock = time.perf_counter if on_card else time.process_time
    started = clock()
    work()
    if on_card:
        torch.cuda.synchronize()
    return (clock() - started) * 1000


if __name__ == "__main__":
    main()
