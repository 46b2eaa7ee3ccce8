"""One run of `edit_profile`, of whichever tree is on PYTHONPATH: prints an object of seconds and bytes as JSON."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.client.images import Pixels, read_picture
from text_replace_engine.local import in_process
from text_replace_wire.api import EngineApi, ignore, never
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.where import chosen

_LARGE = (1280, 960)
_EDITS = 10
_BUSY = 2


def main(picture: Path) -> None:
    """Print what was measured with this picture."""
    started = time.perf_counter()
    engine = in_process()
    imported = time.perf_counter() - started
    engine.warm("starter")
    loaded = time.perf_counter() - started - imported
    pixels = read_picture(picture).pixels
    blank = PictureInMemory(np.full((64, 64, 3), 255, np.uint8))
    engine.find(find_request(blank, "apple", "starter"), ignore, never)
    figures = {
        "import": imported,
        "load": loaded,
        "find": _seconds(lambda: _find(engine, pixels)),
        "find large": _seconds(lambda: _find(engine, np.asarray(Image.fromarray(pixels).resize(_LARGE)))),
    }
    figures["edit"] = float(np.median([_edit_seconds(engine, pixels, seed) for seed in range(_EDITS)]))
    figures["memory"] = psutil.Process().memory_info().rss
    with _busy():
        figures["edit beside two busy processes"] = _edit_seconds(engine, pixels, _EDITS)
    print(json.dumps(figures))


def _find(engine: EngineApi, pixels: Pixels) -> None:
    engine.find(find_request(PictureInMemory(pixels), "apple", "starter"), ignore, never)


def _edit_seconds(engine: EngineApi, pixels: Pixels, seed: int) -> float:
    """To find and paint in a picture that was never seen."""
    started = time.perf_counter()
    unseen = pixels.copy()
    unseen[0, 0] = seed
    picture = PictureInMemory(unseen)
    found = engine.find(find_request(picture, "apple", "starter"), ignore, never)
    engine.edit(edit_request(picture, chosen(found), "apple", "orange", seed, "starter"), ignore, never)
    return time.perf_counter() - started


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def _busy() -> Iterator[None]:
    others = [multiprocessing.get_context("spawn").Process(target=_spin, daemon=True) for _ in range(_BUSY)]
    for other in others:
        other.start()
    time.sleep(1)
    yield
    for other in others:
        other.kill()


def _spin() -> None:
    while True:
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]))
