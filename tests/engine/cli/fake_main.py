"""`python -m tests.engine.cli.fake_main …`: the real command line in a process of its own, with the fake engine."""

from __future__ import annotations

from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.cli import main

if __name__ == "__main__":
    main(FakeEngine)
