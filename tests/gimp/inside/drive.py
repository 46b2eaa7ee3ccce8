"""Runs the scenario that a JSON file asks for and writes what happened beside it."""

from __future__ import annotations

import json
import os
import pathlib
import traceback
from typing import Any, Callable

from tests.gimp.inside import scenarios
from tests.gimp.inside.bench import Bench


def run(make_bench: Callable[[], Bench]) -> None:
    """The file in `TEXT_REPLACE_SCENARIO` has `name`, `out` (a folder) and the scenario's own keys."""
    asked: dict[str, Any] = json.loads(pathlib.Path(os.environ["TEXT_REPLACE_SCENARIO"]).read_text())
    out = pathlib.Path(asked["out"])
    results: dict[str, Any] = {}
    try:
        bench = make_bench()
        results["version"] = bench.version
        getattr(scenarios, asked["name"])(bench, asked, out, results)
    except Exception:
        results["traceback"] = traceback.format_exc()
    (out / "results.json").write_text(json.dumps(results, indent=1))
