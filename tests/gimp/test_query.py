"""GIMP asks every plug-in what it offers at its first start, and waits for the answer."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.gimp.gimps import PLUGIN, Gimp

pytestmark = pytest.mark.gimp

_IMPORT = f"""
import json, sys
sys.path.insert(0, {str(PLUGIN)!r})
import text_replace_plugin.MODULE
print(json.dumps(sorted(sys.modules)))
"""


def test_query_imports_little(gimp: Gimp) -> None:
    """Nothing that only a run needs, which would hold GIMP's start up: no link, no session, no windows."""
    module = "gimp210.plugin" if gimp.name == "2.10" else "gimp3.plugin"
    command = gimp.command(["python3", "-c", _IMPORT.replace("MODULE", module)], {})
    imported = set(json.loads(subprocess.check_output(command, text=True)))
    run_only = {"text_replace_plugin.session", "text_replace_wire.link", "gi.repository.Gtk"}
    assert f"text_replace_plugin.{module}" in imported
    assert not run_only & imported
