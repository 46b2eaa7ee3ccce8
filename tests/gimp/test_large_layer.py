"""A 50-megapixel 16-bit layer: the plug-in stays small and sends little."""

from __future__ import annotations

import pytest

from tests.gimp import large_layer
from tests.gimp.gimps import Gimp

pytestmark = [pytest.mark.gimp, pytest.mark.slow]


def test_fifty_megapixels(gimp: Gimp) -> None:
    """Under 1 GB in the plug-in; the engine gets the search copy and the region of interest, nothing else."""
    run = large_layer.run(gimp, large_layer.found_object)
    assert run.peak < 1e9
    assert run.find.layer_size == (8660, 5774) and max(run.find.image.size) == 1280
    assert run.edit.image.size == run.edit.box.size == (2000, 2000)
