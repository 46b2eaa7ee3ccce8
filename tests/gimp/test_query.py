"""GIMP asks every plug-in what it offers at its first start: that must be quick."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.gimp.gimps import PLUGIN, Gimp

pytestmark = pytest.mark.gimp

_IMPORT = f"""
import json, sys, time
sys.path.insert(0, {str(PLUGIN)!r})
start = time.process_time()
import text_replace_plugin.MODULE
print(json.dumps([time.process_time() - start, sorted(sys.modules)]))
"""


def test_query_imports_little_and_quickly(gimp: Gimp) -> None:
    """Under 0.3 s, and nothing that only a run needs: no link, no session, no windows."""
    module = "gimp210.plugin" if gimp.name == "2.10" else "gimp3.plugin"
    command = gimp.command(["python3", "-c", _IMPORT.replace("MODULE", module)], {})
    # Processor time, the best of three: other work on the machine is not the plug-in's.
    runs: list[Any] = [json.loads(subprocess.check_output(command, text=True)) for _ in range(3)]
    assert min(seconds for seconds, _ in runs) < 0.3
    run_only = {"text_replace_plugin.session", "text_replace_wire.link", "gi.repository.Gtk"}
    assert not run_only & set(runs[0][1])
