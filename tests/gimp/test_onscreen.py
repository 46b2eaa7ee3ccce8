"""The real windows on a virtual screen, by accessible names: menu, dialog, candidates, Cancel, undo, Edit Again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.gimp import screens
from tests.gimp.conftest import KINDS, PICTURE, VERSIONS

pytestmark = [pytest.mark.gimp, pytest.mark.slow]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_user_replaces_an_apple(version: str, root: Path, home: Path) -> None:
    """From Filters → Text Replace… to a new layer, and again from its recipe; one undo takes each back; Cancel and “not
    found” change nothing. A file that is exported is marked, but not any more after the undo.
    """
    gimp = KINDS[version](root / f"screen-{version}", False)
    picture = gimp.folder / "picture.png"
    shutil.copy(PICTURE, picture)
    exported = {}
    seen = screens.drive(
        gimp, picture, home, after_shot=lambda name: exported.update({name: b"AISystemUsed" in picture.read_bytes()})
    )
    assert (exported["4-result"], exported["4-undone"]) == (True, False)
    assert seen["ok while empty"] is False, "OK needs both words"
    assert seen["ok with one word"] is False
    assert seen["layers after cancel"] is True
    if version != "2.10":
        assert seen["candidates"][0].startswith("1: apple") and len(seen["candidates"]) == 2
        assert seen["fetch before consent"] is False
    assert seen["recipe"] == "apple"
    assert seen["diagnostics offered"]
    assert "I looked for" in seen["message"] and "truck" in seen["message"]
