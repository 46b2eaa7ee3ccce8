"""The real engine: the real pipeline with the starter models in a process of its own, over a real socket."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.engine.service.conftest import until
from tests.engine.service.fake_engine import CLONE
from text_replace_engine.client.exchange import PictureInMemory, Pixels, replaced
from text_replace_engine.serving import lifecycle
from text_replace_wire.api import OnProgress, ignore, never
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.errors import Cancelled, CannotPaint
from text_replace_wire.link import Link
from text_replace_wire.messages import Edit, Progress, Stage
from text_replace_wire.where import chosen

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def picture() -> Pixels:
    """(h, w, 3): the sample."""
    return np.asarray(Image.open(CLONE / "install" / "sample" / "sample.png").convert("RGB"))


def requested(link: Link, picture: Pixels, with_: str, on_progress: OnProgress = ignore) -> Edit:
    """To replace the apple that the engine finds."""
    held = PictureInMemory(picture)
    found = link.find(find_request(held, "apple", "starter"), on_progress, never)
    assert found.chosen
    return edit_request(held, chosen(found), "apple", with_, 1, "starter")


def test_replacement_over_the_wire(engine: Endpoint, picture: Pixels) -> None:
    """Find and edit with the real models: something is replaced, nothing outside the region changes, and every step is
    told with its number.
    """
    told: list[Progress] = []
    with Link.connect(engine) as link:
        request = requested(link, picture, "orange", told.append)
        result = replaced(picture, request, link.edit(request, told.append, never))
        assert "starter" in link.status().models
    changed = (result.pixels != picture).any(2)
    assert changed.any()
    assert not changed[result.region == 0].any()
    steps = [progress for progress in told if progress.stage is Stage.EDIT]
    assert {progress.step for progress in steps} == set(range(1, steps[-1].steps + 1))
    assert any(progress.preview is not None and progress.preview.channels == 3 for progress in steps)


def test_cancel_of_a_real_edit(engine: Endpoint, picture: Pixels) -> None:
    """Cancel in the middle of sampling frees the engine within a step."""
    steps = 0

    def count(progress: Progress) -> None:
        nonlocal steps
        steps += progress.stage is Stage.EDIT

    with Link.connect(engine) as link:
        request = requested(link, picture, "orange")
        with pytest.raises(Cancelled):
            link.edit(request, count, lambda: steps >= 2)
    with Link.connect(engine) as link:
        until(lambda: not link.status().busy)


def test_refusal_of_the_real_pipeline(engine: Endpoint, picture: Pixels) -> None:
    """What the starter models cannot paint comes back as the pipeline's own sentence."""
    with Link.connect(engine) as link:
        request = requested(link, picture, "quasar")
        with pytest.raises(CannotPaint, match="quasar"):
            link.edit(request, ignore, never)


def test_start_status_stop(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`start` gives an engine in the background that is preloading, a second `start` the same one, `stop` ends it even
    while libraries are being imported.
    """
    sources = os.pathsep.join([str(CLONE / "engine"), str(CLONE / "plugin" / "text-replace")])
    monkeypatch.setenv("PYTHONPATH", sources)
    started = lifecycle.start(wait=60)
    try:
        assert lifecycle.start(wait=60).pid == started.pid
        assert os.getsid(started.pid) == started.pid
        assert lifecycle.stop(wait=20) is True
        assert lifecycle.status() is None
    finally:
        if psutil.pid_exists(started.pid):
            psutil.Process(started.pid).kill()
