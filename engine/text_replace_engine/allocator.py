"""The C library's allocator: what it keeps of freed memory, and in how many heaps. Only glibc has to be told; elsewhere
nothing is done.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import lru_cache

#: Of malloc.h.
_M_ARENA_MAX = -8


def trim() -> None:
    """Give freed memory back to the system; takes milliseconds.

    https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    """
    _glibc("malloc_trim", 0)


def share_heap() -> None:
    """Let all threads that begin from now on allocate from the first one's heap: of several heaps, less can be given
    back.

    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    _glibc("mallopt", _M_ARENA_MAX, 1)


def _glibc(name: str, *numbers: int) -> None:
    function = _function(name)
    if function is not None:
        function(*numbers)


@lru_cache(maxsize=2)
def _function(name: str) -> Callable[..., int] | None:
    if sys.platform != "linux":
        return None
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
