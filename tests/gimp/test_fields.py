"""The fields of GIMP 2.10's dialog, in its libraries without itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.gimp.gimps import INSIDE, PLUGIN, Gimp210
from tests.gimp.screens import virtual_screen

pytestmark = [pytest.mark.gimp, pytest.mark.slow]


def test_the_underlined_letters_lead_to_what_can_be_used(tmp_path: Path) -> None:
    """Alt with the letter of a number that may be left to others reaches its tick, as in GIMP 3; only an update greys
    the number out, not that somebody reads it.
    """
    gimp = Gimp210(tmp_path / "gimp")
    with virtual_screen() as display:
        environment = {"DISPLAY": display, "PYTHONPATH": str(PLUGIN)}
        command = gimp.command(["python3", str(INSIDE / "fields210.py")], environment)
        found = json.loads(subprocess.check_output(command, text=True, timeout=60))
    kinds = {"GtkEntry", "GtkSpinButton", "GtkCheckButton", "GtkComboBoxText"}
    assert set(found["reached"].values()) == kinds
    assert (found["reached"]["seed"], found["reached"]["variations"]) == ("GtkCheckButton", "GtkSpinButton")
    assert found["sensitive"] == [True, False]
