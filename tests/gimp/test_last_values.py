"""What GIMP 3 remembers of a run with a window, and what it must not put into the image."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading

import pytest

from tests.gimp import screens
from tests.gimp.gimps import Gimp, run_scenario
from tests.plugin import fake_engine
from text_replace_wire.messages import Edit

pytestmark = [pytest.mark.gimp, pytest.mark.slow]


def press_ok(display: str, engine: fake_engine.FakeEngine, over: threading.Event) -> None:
    """Return in the plug-in's dialog, until the engine has been asked."""
    environment = {**os.environ, "DISPLAY": display}
    while not over.wait(1.0) and not any(isinstance(message, Edit) for message in engine.seen):
        search = ["xdotool", "search", "--onlyvisible", "--name", "Text Replace"]
        found = subprocess.run(search, env=environment, capture_output=True, text=True).stdout.split()
        for window in found:
            press = ["xdotool", "windowfocus", window, "key", "--window", window, "Return"]
            subprocess.run(press, env=environment, capture_output=True)


def test_prompts_are_remembered_but_not_in_the_image(gimp: Gimp, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIMP 3 attaches the last values to the image: the saved file must have no prompt once the results are deleted,
    and yet the same words are used again with the last values.
    """
    if gimp.name == "2.10":
        return
    if not shutil.which("xdotool"):
        pytest.skip("xdotool is not installed (apt-get install xdotool)")
    state = gimp.folder / "last-values-state"
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(state))
    over = threading.Event()
    with screens.virtual_screen() as display, fake_engine.running() as engine:
        threading.Thread(target=press_ok, args=(display, engine, over), daemon=True).start()
        found = run_scenario(gimp, "last_values", state, environment={"DISPLAY": display})
        over.set()
    assert found["interactive"]["status"] == "success", found["interactive"]["message"]
    assert found["last values"]["status"] == "success", found["last values"]["message"]
    assert found["last values"]["name"].startswith("orange (was apple)")
    saved = (gimp.folder / "last_values" / "saved.xcf").read_bytes()
    assert b"apple" not in saved and b"orange" not in saved
