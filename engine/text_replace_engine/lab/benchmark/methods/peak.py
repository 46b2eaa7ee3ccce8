"""How much memory something takes at most."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import psutil
import torch


class Peak:
    """The most memory in use while it is open: of the process, or allocated on the card."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self.bytes = 0

    def __enter__(self) -> Peak:
        if self._cuda:
            torch.cuda.reset_peak_memory_stats()
        elif sys.platform == "linux":
            # Forgets the peak so far; where that is forbidden, it is the peak since the process began.
            with suppress(OSError):
                Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return self

    def __exit__(self, *_: object) -> None:
        if self._cuda:
            self.bytes = torch.cuda.max_memory_allocated()
        elif sys.platform == "linux":
            status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
            peaks = (int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
            # Not every kernel that looks like Linux has it.
            self.bytes = next(peaks, psutil.Process().memory_info().rss)
        else:
            self.bytes = psutil.Process().memory_info().rss
