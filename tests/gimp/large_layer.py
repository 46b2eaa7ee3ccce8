"""One run on a 50-megapixel 16-bit layer against an engine that answers at once: all of it is the plug-in's."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import psutil
import pytest

from tests.gimp.gimps import Gimp, run_scenario
from tests.plugin import fake_engine
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.messages import Edit, Find, Found

_OBJECT = Box(3000, 2000, 4000, 3000)


@dataclass(frozen=True)
class Run:
    """until_find: (seconds, processor seconds of the plug-in) until the engine got the search copy.

    seconds: of the whole call. peak: the most bytes that the plug-in had resident.
    """

    find: Find
    edit: Edit
    until_find: tuple[float, float]
    seconds: float
    peak: int


def run(gimp: Gimp, find: Callable[[Find], Found]) -> Run:
    """One call of the procedure in a GIMP of its own."""
    state = gimp.folder / "large-state"
    asked: list[tuple[float, float]] = []

    def timed(request: Find) -> Found:
        asked.append((time.time(), sum(sum(process.cpu_times()[:2]) for process in _plug_ins())))
        return find(request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(state))
        with fake_engine.running(find=timed) as engine, _peak_memory() as peak:
            found = run_scenario(gimp, "fifty_megapixels", state)
    assert found["status"] == "success", found["message"]
    (search,) = [message for message in engine.seen if isinstance(message, Find)]
    (edit,) = [message for message in engine.seen if isinstance(message, Edit)]
    ((at, used),) = asked
    return Run(search, edit, (at - found["started"], used), found["seconds"], peak())


def found_object(request: Find) -> Found:
    """One candidate of 1 megapixel, whose edit needs 4."""
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


@contextlib.contextmanager
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
