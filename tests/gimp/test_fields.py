"""The fields of GIMP 2.10's dialog, in its libraries without itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from ctypes.util import find_library

import pytest

from tests.gimp.gimps import INSIDE, PLUGIN
from tests.gimp.screens import virtual_screen

pytestmark = [pytest.mark.gimp, pytest.mark.slow]


def test_the_underlined_letters_lead_to_what_can_be_used() -> None:
    """Alt with the letter of a number that may be left to others reaches its tick, as in GIMP 3; only an update greys
    the number out, not that somebody reads it.
    """
    if find_library("gimpui-2.0") is None:
        pytest.skip("GIMP 2.10 is not installed (apt-get install gimp)")
    with virtual_screen() as display:
        environment = {**os.environ, "DISPLAY": display, "PYTHONPATH": str(PLUGIN)}
        command = [sys.executable, str(INSIDE / "fields210.py")]
        found = json.loads(subprocess.check_output(command, env=environment, text=True, timeout=60))
    kinds = {"GtkEntry", "GtkSpinButton", "GtkCheckButton", "GtkComboBoxText"}
    assert set(found["reached"].values()) == kinds
    assert (found["reached"]["seed"], found["reached"]["variations"]) == ("GtkCheckButton", "GtkSpinButton")
    assert found["sensitive"] == [True, False]
