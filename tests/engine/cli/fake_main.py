"""`python -m tests.engine.cli.fake_main …`: the real command line in a process of its own, with the fake pipeline."""

from __future__ import annotations

import sys

from tests.engine.cli import fake_pipeline
from text_replace_engine.cli import main

if __name__ == "__main__":
    sys.modules["text_replace_engine.pipeline"] = fake_pipeline
    main()
