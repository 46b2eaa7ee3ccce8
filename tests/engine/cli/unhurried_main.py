"""`python -m tests.engine.cli.unhurried_main …`: the real command line with the fake engine, which takes a while for
each picture, so that there is time to kill somebody.
"""

from __future__ import annotations

import time
from typing import Any

from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.cli import main
from text_replace_wire.api import Edited, IsCancelled, OnProgress
from text_replace_wire.messages import Edit


class UnhurriedEngine(FakeEngine):
    """See `FakeEngine`."""

    def edit(self, request: Edit, on_progress: OnProgress, cancelled: IsCancelled, *more: Any) -> Edited:
        """See `api.EngineApi`."""
        time.sleep(0.3)
        return super().edit(request, on_progress, cancelled, *more)


if __name__ == "__main__":
    main(UnhurriedEngine)
