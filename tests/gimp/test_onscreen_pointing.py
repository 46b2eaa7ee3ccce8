"""Pointing in the preview of the real dialog on a virtual screen: clicks, drags, and the keys held meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.gimp import screens
from tests.gimp.conftest import KINDS, PICTURE
from tests.gimp.scripted import ScriptedPipeline, running
from text_replace_wire import paths

pytestmark = [pytest.mark.gimp, pytest.mark.slow]


def near(place: tuple[float, float], share: tuple[float, float], size: tuple[int, int]) -> bool:
    """Within three pixels of the preview."""
    slack = 3 * max(size[0] / 440, size[1] / 300)
    return all(abs(at - part * side) <= slack for at, part, side in zip(place, share, size, strict=True))


@pytest.mark.parametrize("version", ["3.0", pytest.param("3.2", marks=pytest.mark.gimp32)])
def test_pointing_gives_new_candidates(version: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A click outside every candidate and a dragged box become candidates: alone, with Shift added, with Ctrl left out.
    A click on a candidate picks it; where there is nothing, everything stays. It works without a word, and in a preview
    that grew with its window; what is picked is painted where one pointed, and Edit Again repeats it, or points anew.
    """
    gimp = KINDS[version](root / f"pointing-{version}", False)
    picture = gimp.folder / "picture.png"
    shutil.copy(PICTURE, picture)
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(gimp.folder / "state"))
    paths.make_private(paths.log_dir())
    pipeline = ScriptedPipeline()
    with running(pipeline):
        seen = screens.drive(gimp, picture, paths.home(), "onscreen_pointing.py")

    def was(name: str, candidates: list[str], picked: str, added: str = "", subtracted: str = "") -> None:
        told: dict[str, Any] = seen[name]
        assert [each.split(": ")[1] for each in told["candidates"]] == candidates
        assert (told["picked"], told["added"], told["subtracted"]) == (
            picked.split(),
            [f"Add {number}" for number in added.split()],
            [f"Subtract {number}" for number in subtracted.split()],
        )

    was("after nothing", [], "")
    was("first", ["object"], "1")
    assert (seen["after nothing"]["word"], seen["first"]["word"]) == ("", "object")
    was("found", ["apple"], "2")
    was("clicked", ["apple"] * 2, "3")
    was("added", ["apple"] * 3, "2", "4")
    was("subtracted", ["apple"] * 4, "2", "4", "5")
    was("after another nothing", ["apple"] * 4, "2", "4", "5")
    was("again", ["apple"], "1")
    size = Image.open(PICTURE).size
    clicked = [find.points[0] for find in pipeline.finds if find.points]
    shares = ((0.1, 0.97), (0.1, 0.15), (0.1, 0.15), (0.9, 0.2), (0.1, 0.97))
    assert all(near(place, share, size) for place, share in zip(clicked, shares, strict=True))
    drawn = [find.box for find in pipeline.finds if find.box is not None]
    for box, (start, end) in zip(drawn, (((0.4, 0.4), (0.6, 0.6)), ((0.05, 0.6), (0.2, 0.8))), strict=True):
        assert near((box.x0, box.y0), start, size) and near((box.x1, box.y1), end, size)
    painted, again, anew = pipeline.edits
    assert again.mask == painted.mask and anew.mask != painted.mask
    mask = np.frombuffer(painted.mask.data, np.uint8).reshape(painted.mask.height, painted.mask.width)
    places = {"found": (0.3, 0.5), "added": (0.9, 0.2), "left out": (0.5, 0.5), "not picked": (0.1, 0.15)}
    there = {name: mask[int(y * mask.shape[0]), int(x * mask.shape[1])] for name, (x, y) in places.items()}
    assert there == {"found": 255, "added": 255, "left out": 0, "not picked": 0}
