#!/usr/bin/env python3
"""Runs a scenario inside GIMP 2.10 as a plug-in: `TEXT_REPLACE_SCENARIO` names its JSON file (see drive.py)."""

from __future__ import annotations

import os
import pathlib
import sys

CLONE = pathlib.Path(os.environ["TEXT_REPLACE_CLONE"])
sys.path[:0] = [str(CLONE), str(CLONE / "plugin" / "text-replace")]

from text_replace_plugin.gimp210 import gimpfu_compat  # noqa: E402


def run(_run_mode: int) -> None:
    from tests.gimp.inside import drive
    from tests.gimp.inside.bench210 import Bench210

    drive.run(Bench210)


if __name__ == "__main__":
    texts = ("Run a scenario", "", "", "", "", "", "")
    gimpfu_compat.register("plug-in-text-replace-drive", *texts, [], [], run)
    sys.exit(gimpfu_compat.main())
