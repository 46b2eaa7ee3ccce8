"""`python -m tests.engine.cli.killed_main N …`: the command line with the fake engine, killed by SIGKILL just before it
brings something onto the disk, or gives a file its name, for the N-th time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.cli import main


class Countdown:
    """Ends this process when it is asked for the N-th time."""

    def __init__(self, left: int) -> None:
        self._left = left

    def before(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """`act`, unless it is time."""

        def counted(*arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*arguments)

        return counted


if __name__ == "__main__":
    countdown = Countdown(int(sys.argv.pop(1)))
    os.fsync = countdown.before(os.fsync)
    Path.replace = countdown.before(Path.replace)  # type: ignore[method-assign]
    main(FakeEngine)
