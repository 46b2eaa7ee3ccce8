"""Ctrl-C and the polite kill, SIGINT and SIGTERM: who hears of them meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heard(handler: Callable[[int, FrameType | None], object], wakes: int = -1) -> Iterator[None]:
    """Both signals call `handler` (number, frame) while the block runs; afterwards they do what they did before.

    wakes: a file that does not block and is written to at once (`signal.set_wakeup_fd`), for a main thread that waits
    in a system call: where the system hands the signal to another thread, nothing else ends that wait. −1: none.
    """
    previous = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    woken = signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, earlier in previous.items():
            signal.signal(number, earlier)
