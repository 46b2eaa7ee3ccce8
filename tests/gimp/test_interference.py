"""The image changes while the engine works: a second plug-in changes it, and the engine waits for that."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.gimp.gimps import Gimp, run_scenario
from tests.plugin import fake_engine
from text_replace_wire.api import Edited
from text_replace_wire.messages import Edit

pytestmark = [pytest.mark.gimp, pytest.mark.slow]


@pytest.fixture(scope="session")
def results(gimp: Gimp, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One GIMP process, one change after another."""
    state = gimp.folder / "fake-state"
    state.mkdir()
    out = gimp.folder / "interference"

    def edit(request: Edit) -> Edited:
        if (out / "case").exists() and request.layer_size == (160, 120):
            order = out / "sabotage"
            order.write_text((out / "case").read_text())
            deadline = time.monotonic() + 20
            while order.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
        return fake_engine.painted(request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(state))
        with fake_engine.running(edit=edit):
            return run_scenario(gimp, "interference", state)


def test_undisturbed_it_works(results: dict[str, Any]) -> None:
    """The control: the same request without a change succeeds."""
    assert results["nothing"]["status"] == "success"


@pytest.mark.parametrize(
    ("case", "word"),
    [("delete layer", "deleted"), ("move layer", "moved"), ("resize layer", "resized"), ("paint", "painted on")],
)
def test_layer_changed(results: dict[str, Any], case: str, word: str) -> None:
    """The result is not applied, the sentence says why, and the selection stays."""
    assert results[case]["status"] == "error" and word in results[case]["message"]
    names = [facts["name"] for facts in results[case]["after"]["layers"]]
    assert names == (["other"] if case == "delete layer" else ["other", "source"])
    assert (
        Path(results[case]["after"]["selection"]).read_bytes()
        == Path(results["paint"]["after"]["selection"]).read_bytes()
    )


def test_image_closed(gimp: Gimp, results: dict[str, Any]) -> None:
    """GIMP 2.10 takes the image away at once: a sentence. GIMP 3 keeps it for a script that waits for the plug-in, but
    not for a user, who gets the sentence too: see `test_onscreen_scripted`.
    """
    if gimp.name == "2.10":
        assert results["close image"]["status"] == "error" and "closed" in results["close image"]["message"]
    else:
        assert results["close image"] == {"status": "success", "message": "", "gone": True}


def test_twelve_megapixels_work(results: dict[str, Any]) -> None:
    """A layer as large as a camera's picture is replaced in as a small one is."""
    assert results["12 megapixels"]["status"] == "success", results["12 megapixels"]["message"]
