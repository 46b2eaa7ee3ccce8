"""An engine that waits for its next request holds little more than its models."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Generator
from typing import Any, cast

import psutil
import pytest

from tests.architecture.imports import CLONE
from text_replace_engine import allocator
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.api import ignore, never
from text_replace_wire.errors import UserError
from text_replace_wire.messages import Edit, EditDone, Find, Found, Progress, Stage
from text_replace_wire.planes import Plane

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has to be told")

#: Bytes of a block, below what the C library asks the system for apart, and how many.
_BLOCK = 100_000
_BLOCKS = 1000
_GREY = Plane(8, 8, 1, bytes(64))
_ONE_HEAP = """
import ctypes, re, sys, threading
from pathlib import Path
from text_replace_engine import allocator

if sys.argv[1] == "shared":
    allocator.share_heap()
allocate, places = ctypes.CDLL(None).malloc, []
allocate.restype = ctypes.c_void_p
thread = threading.Thread(target=lambda: places.append(allocate(1000)))
thread.start()
thread.join()
first, last = re.search(r"(\\w+)-(\\w+) .*\\[heap\\]", Path("/proc/self/maps").read_text(encoding="utf-8")).groups()
sys.exit(not int(first, 16) <= places[0] < int(last, 16))
"""


class _Hungry:
    """A pipeline that takes 100 MB for a request and keeps the last of its blocks, on top of the others."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def find(self, request: Find) -> Generator[Progress, None, Found]:
        self._eat()
        yield Progress(Stage.SEGMENT, 0, 1)
        raise UserError("Nothing to see.")

    def edit(self, request: Edit, kept: Callable[[], bool]) -> Generator[Progress, None, EditDone]:
        self._eat()
        yield Progress(Stage.EDIT, 0, 1)
        return EditDone(_GREY, _GREY)

    def warm(self, models: str) -> None:
        self._eat()

    def _eat(self) -> None:
        self._kept.append([bytes([number % 256]) * _BLOCK for number in range(_BLOCKS)][-1])


def _find(engine: LocalEngine) -> None:
    with pytest.raises(UserError):
        engine.find(cast(Any, None), ignore, never)


def _edit(engine: LocalEngine) -> None:
    engine.edit(cast(Any, None), ignore, never)


@pytest.mark.parametrize("ask", [_find, _edit, LocalEngine.warm], ids=["find", "edit", "warm"])
def test_what_a_request_took_is_given_back(ask: Callable[[LocalEngine], None]) -> None:
    """Also where it failed: other programs have that memory until the next request."""
    engine = LocalEngine(cast(Pipeline, _Hungry()))
    allocator.trim()
    before = psutil.Process().memory_info().rss
    ask(engine)
    assert psutil.Process().memory_info().rss - before < _BLOCK * _BLOCKS / 10


@pytest.mark.slow
@pytest.mark.parametrize("heaps", ["shared", "of its own"])
def test_threads_share_a_heap_where_they_are_told_to(heaps: str) -> None:
    """The background engine's worker allocates where most can be given back; unasked, it would have its own heap."""
    words = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(CLONE / 'engine')!r})\n{_ONE_HEAP}", heaps]
    assert (subprocess.run(words).returncode == 0) is (heaps == "shared")
