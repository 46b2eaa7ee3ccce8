"""A 50-megapixel 16-bit layer in real GIMPs against an engine that answers at once: all of it is the plug-in's.

Prints and never asserts: `python -m tests.benchmarks.large_layer`.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.messages import Edit, Find, Found

from tests.gimp.gimps import Gimp, Gimp3, Gimp210, gimp32, run_scenario
from tests.plugin import fake_engine

_GIMPS: dict[str, Callable[[Path], Gimp]] = {"2.10": Gimp210, "3.0": Gimp3, "3.2": gimp32}
_OBJECT = Box(3000, 2000, 4000, 3000)


def main() -> None:
    """One line a GIMP and size of the object."""
    with tempfile.TemporaryDirectory() as folder:
        for version, make in _GIMPS.items():
            gimp = make(Path(folder) / version)
            for case, find in {
                "an object of 1 megapixel": _found_object,
                "half of the layer": fake_engine.found_middle,
            }.items():
                print(f"GIMP {version}, {case}: {measure(gimp, find)}", flush=True)


def measure(gimp: Gimp, find: Callable[[Find], Found]) -> str:
    """One run of the procedure, as text."""
    state = gimp.folder / f"state-{time.monotonic_ns()}"
    os.environ["TEXT_REPLACE_HOME"] = str(state)
    asked: list[tuple[float, float]] = []

    def timed(request: Find) -> Found:
        used = sum(sum(process.cpu_times()[:2]) for process in _plug_ins())
        asked.append((time.time(), used))
        return find(request)

    with fake_engine.running(find=timed) as engine, _peak_memory() as peak:
        found = run_scenario(gimp, "fifty_megapixels", state)
    (search,) = [each for each in engine.seen if isinstance(each, Find)]
    (edit,) = [each for each in engine.seen if isinstance(each, Edit)]
    assert found["status"] == "success", found["message"]
    return (
        f"search copy of {search.image.width}×{search.image.height} sent after {asked[0][0] - found['started']:.1f} s "
        f"({asked[0][1]:.1f} s of a processor in the plug-in), "
        f"then {len(edit.image.data) / 1e6:.0f} MB; all {found['seconds']:.1f} s; "
        f"peak memory of the plug-in {peak() / 1e6:.0f} MB"
    )


def _found_object(request: Find) -> Found:
    found = fake_engine.found_middle(request)
    box = edit_box(_OBJECT, request.layer_size)
    return replace(found, candidates=(replace(found.candidates[0], box=_OBJECT, edit_box=box),))


def _plug_ins() -> list[psutil.Process]:
    """The running copies of the plug-in."""
    script = "plug-ins/text-replace/text-replace.py"
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(word.endswith(script) for word in (process.info["cmdline"] or [])[:3])
    ]


@contextmanager
def _peak_memory() -> Iterator[Callable[[], int]]:
    """The most resident bytes that a running copy of the plug-in had."""
    ended, peak = threading.Event(), 0

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.05):
            with contextlib.suppress(psutil.NoSuchProcess):
                peak = max([peak, *(process.memory_info().rss for process in _plug_ins())])

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: peak
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    main()
