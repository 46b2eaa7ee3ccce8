"""Time and memory of the plug-in on a 50-megapixel 16-bit layer, in every GIMP; printed, never asserted.

PYTHONPATH=.:engine:plugin/text-replace .venv/bin/python -m tests.benchmarks.large_layer [2.10] [3.0] [3.2]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.gimp import large_layer
from tests.gimp.conftest import KINDS
from tests.plugin import fake_engine


def main(versions: list[str]) -> None:
    """One line for each GIMP and size of the object."""
    cases = {"an object of 1 megapixel": large_layer.found_object, "half of the layer": fake_engine.found_middle}
    for version in versions or KINDS:
        for case, find in cases.items():
            with tempfile.TemporaryDirectory() as folder:
                run = large_layer.run(KINDS[version](Path(folder) / version), find)
            seconds, processor = run.until_find
            print(
                f"GIMP {version}, {case}: search copy of {run.find.image.width}×{run.find.image.height} sent after "
                f"{seconds:.1f} s ({processor:.1f} s of a processor in the plug-in), "
                f"then {len(run.edit.image.data) / 1e6:.0f} MB; all {run.seconds:.1f} s; "
                f"peak memory of the plug-in {run.peak / 1e6:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
