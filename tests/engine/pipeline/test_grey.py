"""A grey picture stays grey, though the object is painted in colour, which the network knows best."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.edits import array_of, only, region_edit, run
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.painting import Painting


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
def test_a_grey_picture_is_shown_and_returned_in_grey(channels: int) -> None:
    """No preview on the way has colour, and the new pixels have one channel as the picture has, or three that are the
    same.
    """
    pixels = np.random.default_rng(0).integers(0, 256, (120, 160, 1), np.uint8).repeat(channels, axis=2)
    region = np.zeros((120, 160), np.uint8)
    region[20:100, 40:120] = 255
    short = Painting(options={"strength": 0.2, "cutouts": 2})

    edited, told = run(Pipeline("cpu"), region_edit(pixels, region, short))

    previews = [progress.preview for progress in told if progress.preview is not None]
    assert previews
    for preview in previews:
        assert np.ptp(array_of(preview).astype(int), axis=2).max() <= 1
    new = array_of(only(edited)[0])
    assert new.shape == pixels.shape and (new == new[..., :1]).all()
