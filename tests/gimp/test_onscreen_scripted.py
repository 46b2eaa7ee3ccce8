"""The real windows on a virtual screen with an engine that does as it is told: mistakes, reports, failed downloads,
seeds, images that close.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.engine.models import served, small_full
from tests.gimp import screens
from tests.gimp.conftest import KINDS, PICTURE, VERSIONS
from tests.gimp.gimps import Gimp
from tests.gimp.scripted import ScriptedPipeline, running
from text_replace_engine.models.full import adm
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_wire import endpoint, paths
from text_replace_wire.options import AUTO

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

PRESETS = ["Standard", "Fast", "Best of four"]
_WITHHELD = "256x256_diffusion_uncond.pt"
_OPENER = """[Desktop Entry]
Type=Application
Name=Opener
Exec={script} %u
MimeType=text/html;inode/directory;
"""


def give_an_opener(gimp: Gimp) -> Path:
    """Make `gimp` open pages and folders with a program that only notes their addresses; gives the notes."""
    notes, script = gimp.folder / "opened.txt", gimp.folder / "opener"
    script.write_text(f'#!/bin/sh\necho "$1" >> {notes}\n')
    script.chmod(0o755)
    for place, text in {
        ".local/share/applications/opener.desktop": _OPENER.format(script=script),
        ".config/mimeapps.list": "[Default Applications]\ntext/html=opener.desktop\ninode/directory=opener.desktop\n",
    }.items():
        file = gimp.folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    notes.touch()
    return notes


@pytest.mark.parametrize("version", VERSIONS)
def test_whatever_the_engine_does(version: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancel and mistakes leave an image that has nothing to save; repeating draws a new seed unless one was fixed; a
    closed image gets a sentence, from Find too, and without one the menu item is greyed out. The dialog asks for what
    the chosen models take, the rest in a part that is closed at first. In GIMP 3 also: Help opens
    its page; a mistake can be reported without prompts, paths or the secret, and its log opened; every set of
    models can be fetched from the hub once its own licences are accepted; a download that fails can be tried again, and
    what has come need not come again.
    """
    gimp = KINDS[version](root / f"scripted-{version}", False)
    picture = gimp.folder / "picture.png"
    shutil.copy(PICTURE, picture)
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(gimp.folder / "state"))
    monkeypatch.setattr(FULL, "folder", lambda: gimp.folder / "models")
    monkeypatch.setattr(PHOTO, "folder", lambda: gimp.folder / "photo-models")
    monkeypatch.setattr(adm, "ARCHITECTURES", (small_full.counted("256"), small_full.counted("512-class")))
    opened = give_an_opener(gimp)
    paths.make_private(paths.log_dir())
    pipeline = ScriptedPipeline()
    files = small_full.write_all(gimp.folder / "files")
    with served.small_catalogue(files, monkeypatch) as server, running(pipeline):
        secret = endpoint.read().secret
        whole, server.files = server.files, {n: content for n, content in server.files.items() if n != _WITHHELD}

        def after_shot(name: str) -> None:
            if name == "9-fetch-failed":
                server.files = whole
            elif name == "11-closed":
                pipeline.go_on.set()

        seen = screens.drive(gimp, picture, paths.home(), "onscreen_scripted.py", after_shot)
    assert seen["changed by cancel or mistake"] is False
    drawn, other, *fixed = [edit.seed for edit in pipeline.edits]
    assert drawn != other and fixed == [5, 5]
    by_ticks = [(edit.models, edit.painting.preset, edit.painting.options) for edit in pipeline.edits]
    assert by_ticks == [(AUTO, "standard", {})] * 2 + [("photo", "standard", {"room": "loose", "steps": 9})] * 2
    assert (seen["open at first"], seen["open afterwards"]) == (False, True)
    of_starter = ["Strength", "Steps", "Guidance"]
    assert seen["starter"] == {"fields": of_starter, "presets": [*PRESETS, "Paper"], "can remove": False}
    of_photo = ["Room around it", "Strength", "Steps", "Guidance", "Avoid"]
    assert seen["photo"] == {"fields": of_photo, "presets": PRESETS, "can remove": True}
    assert "closed" in seen["image closed"]
    assert seen["enabled without an image"] is False
    if version == "2.10":
        return
    assert "closed" in seen["found without an image"]
    page, log = opened.read_text().splitlines()
    assert page.endswith("text-replace/help/en/text-replace.html") and log.endswith(str(paths.log_dir()))
    assert json.loads(seen["diagnostics"])["engine"]["running"] is True
    for private in ("apple", "crash", str(root), secret):
        assert private not in seen["diagnostics"]
    assert _WITHHELD in seen["fetch failed"]
    withheld = len(whole[_WITHHELD]) / 1e6
    assert seen["left to fetch"].startswith(f"{withheld:.1f}"), seen["left to fetch"]
    assert (seen["preselected"], seen["fetch before consent"], seen["consent to another's licences"]) == (
        True,
        False,
        False,
    )
    assert {"Photo (not installed)", "Full (not installed)"} <= set(seen["sets before"])
    assert {"Photo", "Full"} <= set(seen["sets after"])
    assert FULL.is_complete() and PHOTO.is_complete()
