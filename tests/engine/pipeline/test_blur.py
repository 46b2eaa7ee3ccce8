"""Gaussian blur: what it is, and that it leaves nothing behind in memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.profiler import ProfilerActivity, profile

from text_replace_engine.tensors import blur


@pytest.mark.parametrize("sigma", [0.1, 0.8, 3.3, 20.0])
def test_is_scipys(sigma: float) -> None:
    """The same weights as far as three times sigma, and replicated edges, in pictures smaller than that too."""
    image = torch.rand(1, 2, 23, 40, generator=torch.Generator().manual_seed(0))
    reach = max(1, round(3 * sigma))
    meant = ndimage.gaussian_filter(image.double().numpy(), (0, 0, sigma, sigma), mode="nearest", radius=reach)
    assert np.allclose(blur(image, sigma), meant, atol=2e-6)


def test_no_size_is_remembered() -> None:
    """A batch's regions have thousands of sizes, and a convolution would keep up to 0.1 MB for each."""
    with profile(activities=[ProfilerActivity.CPU]) as work:
        blur(torch.rand(1, 3, 31, 45), 3.0)
    names = {event.key for event in work.key_averages()}
    assert "aten::add_" in names and not [name for name in names if "conv" in name]
