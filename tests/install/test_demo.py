"""The demo's own part: a real GIMP, the plug-in as the installer copies it, a real engine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installer import demo, gimp
from text_replace_wire.endpoint import Endpoint


@pytest.mark.gimp
@pytest.mark.slow
def test_demo_replaces_only_the_apple(engine: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the demo shows is one picture before and after, and everything but the apple's surroundings is the same."""
    monkeypatch.setenv("GIMP2_DIRECTORY", str(tmp_path / "gimp"))
    monkeypatch.setenv("TEXT_REPLACE_VENV", sys.prefix)
    hosts = [host for host in gimp.installed() if host.version == "2.10" and host.program]
    if not hosts:
        pytest.skip("GIMP 2.10 is not installed (apt-get install gimp)")
    gimp.copy_plug_in(hosts[0])
    xcf, comparison = demo.replace_apple(hosts[0], Path(shutil.copy(demo.SAMPLE, tmp_path)))
    assert xcf.stat().st_size > 100_000
    sheet, sample = np.asarray(Image.open(comparison)), np.asarray(Image.open(demo.SAMPLE))
    before, after = sheet[:, : sample.shape[1]], sheet[:, -sample.shape[1] :]
    assert np.array_equal(before, sample)
    assert not np.array_equal(after[300:480, 110:320], sample[300:480, 110:320])
    assert np.array_equal(after[:, 450:], sample[:, 450:])
