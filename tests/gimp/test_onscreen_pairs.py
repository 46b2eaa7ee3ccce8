"""Several pairs in the real dialogs on a virtual screen: “+” and “−”, what was found of each, one undo, Edit Again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.gimp import screens
from tests.gimp.conftest import KINDS, PICTURE, VERSIONS
from tests.gimp.scripted import ScriptedPipeline, running
from tests.plugin import fake_engine
from text_replace_wire import paths
from text_replace_wire.api import IsCancelled, OnProgress
from text_replace_wire.geometry import Box, edit_box
from text_replace_wire.messages import Candidate, Find, Found, Progress, Stage

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

#: In the sample picture.
PLACES = {"apple": Box(104, 275, 328, 490), "cat": Box(412, 277, 642, 493), "tree": Box(642, 98, 879, 391)}


class Objects(ScriptedPipeline):
    """Knows what is in the sample picture."""

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        on_progress(Progress(Stage.SEGMENT, 0, 1))
        self.finds.append(request)
        ranked = sorted(PLACES, key=lambda name: name != request.replace)
        candidates = []
        for rank, name in enumerate(ranked):
            box, layer = PLACES[name], request.layer_size
            mask = fake_engine.filled(box.scaled(layer, request.image.size), request.image.size)
            share = 0.98 if rank == 0 else 0.01
            candidates.append(Candidate(rank, name, share, share, box, edit_box(box, layer), 9, mask))
        return Found(tuple(candidates), (0,), "")


@pytest.mark.thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_two_objects_change_places(version: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group with two layers, from what was typed in two lines; one undo takes it back; Edit Again shows both and
    repeats both; what was found stays while others come and go; the same object twice and Cancel in the second leave an
    image that has nothing to save.
    """
    gimp = KINDS[version](root / f"pairs-{version}", False)
    picture = gimp.folder / "picture.png"
    shutil.copy(PICTURE, picture)
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(gimp.folder / "state"))
    paths.make_private(paths.log_dir())
    pipeline = Objects()
    with running(pipeline):
        seen = screens.drive(gimp, picture, paths.home(), "onscreen_pairs.py")
    assert seen["ok with a blank pair"] is True
    assert seen["after taking away"] == [["apple", "cat"], ["tree", "football"]]
    swapped = [["apple", "cat"], ["cat", "apple"]]
    assert seen["again"] == seen["last values"] == swapped
    first, second, *again = pipeline.edits[:4]
    assert [[each.replace, each.with_] for each in (first, second)] == swapped and first.seed == second.seed
    assert [each.mask for each in again] == [first.mask, second.mask]
    assert "“apple” → “cat” and “apple” → “pear”" in seen["the same twice"]
    assert seen["changed by refusal or cancel"] is False
    if version != "2.10":
        assert seen["found"] == seen["found, with a third"] == seen["found, without it"] == ["1: apple", "1: cat"]
