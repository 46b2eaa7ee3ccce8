"""Speed with the starter models, printed and never asserted: machines differ. `install/bench` runs it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from text_replace_engine.client.exchange import PictureInMemory, replaced
from text_replace_engine.client.images import Pixels, read_picture
from text_replace_wire import endpoint
from text_replace_wire.api import ignore, never
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.errors import EngineUnavailable
from text_replace_wire.link import Link
from text_replace_wire.where import chosen

CLONE = Path(__file__).resolve().parents[2]
PLUGIN = CLONE / "plugin" / "text-replace"
SAMPLE = CLONE / "install" / "sample" / "sample.png"
_REPEATS = 5
_LARGE = (4000, 3000)
_QUERY = "import sys; sys.path.insert(0, {!r}); import text_replace_plugin.{}; assert 'torch' not in sys.modules"


def main() -> None:
    """Print one line a figure, with what the product promises."""
    for name in ("gimp210.plugin", "gimp3.plugin"):
        _show(f"importing the plug-in ({name})", _import_seconds(name), "under 0.3 s")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TEXT_REPLACE_HOME"] = folder
        _show("cold text-replace edit", _cold_seconds(Path(folder)), "at most 25 s")
        with _engine(), Link.connect() as link:
            sample = read_picture(SAMPLE).pixels
            _edit(link, sample)
            whole = [_edit(link, sample)[0] for _ in range(_REPEATS)]
            _show(f"edit in a warm engine, median of {_REPEATS}", statistics.median(whole), "at most 10 s")
            large = np.asarray(Image.fromarray(sample[:, :, :3]).resize(_LARGE, Image.Resampling.BICUBIC))
            seconds, computing = _edit(link, large)
            _show("12 megapixels, besides the engine's own work", seconds - computing, "at most 3 s in GIMP")


def _show(what: str, seconds: float | None, promise: str) -> None:
    print(f"{what}: {'not measured here' if seconds is None else f'{seconds:.2f} s'} ({promise})", flush=True)


def _import_seconds(module: str) -> float | None:
    """The quickest of several imports in the Python that GIMP's plug-ins run in; None where that GIMP is not there."""
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    taken = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        done = subprocess.run([python, "-c", _QUERY.format(str(PLUGIN), module)], capture_output=True)
        taken.append(time.perf_counter() - started)
        if done.returncode:
            return None
    return min(taken)


def _cold_seconds(folder: Path) -> float:
    started = time.perf_counter()
    options = [
        "--replace",
        "apple",
        "--with",
        "orange",
        "--pick",
        "0",
        "-o",
        str(folder / "out.png"),
        "--models",
        "starter",
    ]
    subprocess.run(
        [sys.executable, "-m", "text_replace_engine", "edit", SAMPLE, *options], check=True, capture_output=True
    )
    return time.perf_counter() - started


@contextmanager
def _engine() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "text_replace_engine", "serve"], stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            try:
                endpoint.read()
                break
            except EngineUnavailable:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _edit(link: Link, pixels: Pixels) -> tuple[float, float]:
    """Seconds of a whole edit, and of them those that the engine computed."""
    started = time.perf_counter()
    picture = PictureInMemory(pixels)
    found = link.find(find_request(picture, "apple", "starter"), ignore, never)
    where = chosen(found, found.chosen or (0,))
    request = edit_request(picture, where, "apple", "orange", 1, "starter")
    edited = link.edit(request, ignore, never)
    replaced(pixels, request, edited)
    seconds = time.perf_counter() - started
    (variation,) = edited.variations
    return seconds, sum(found.report["seconds"].values()) + sum(variation.report["seconds"].values())


if __name__ == "__main__":
    main()
