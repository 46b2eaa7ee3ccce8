"""A grey picture stays grey, though the object is painted in colour, which the network knows best."""

from __future__ import annotations

import numpy as np
from text_replace_wire.adjustments import Adjustments

from text_replace_engine.client.exchange import Settings, region_request
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.messages import ModelChoice, Preset, Progress


def test_a_grey_picture_is_shown_and_returned_in_grey() -> None:
    """No preview on the way has colour, and the new pixels have one channel as the picture has."""
    pixels = np.random.default_rng(0).integers(0, 256, (120, 160, 1), np.uint8)
    region = np.zeros((120, 160), np.uint8)
    region[20:100, 40:120] = 255
    short = Adjustments(strength=0.2, cutouts=2)
    settings = Settings("apple", "orange", 1, Preset.STANDARD, ModelChoice.STARTER, adjustments=short)
    told: list[Progress] = []

    edited = LocalEngine(Pipeline("cpu")).edit(region_request(pixels, region, settings), told.append, lambda: False)

    previews = [each.preview for each in told if each.preview is not None]
    assert previews
    for preview in previews:
        shown = np.frombuffer(preview.data, np.uint8).reshape(preview.height, preview.width, preview.channels)
        assert np.ptp(shown.astype(int), axis=2).max() <= 1
    assert edited.pixels.channels == 1
