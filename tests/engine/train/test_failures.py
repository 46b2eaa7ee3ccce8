"""The paintings that the judge of edits learns from, made by the real starter models, and by a detail stage that gives
back what it is given: the real one takes seconds.
"""

from __future__ import annotations

import pytest
import torch

from tests.engine.train.drawings import art
from text_replace_engine.lab.train.detail import CONFIG
from text_replace_engine.lab.train.failures import OfflinePainter, failed_paintings, repainted_crops
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.denoiser import Denoiser
from text_replace_engine.models.networks.detail import Detail, build_detail
from text_replace_engine.models.store import read_role

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def painter() -> OfflinePainter:
    clip, denoiser = (read_role(STARTER, role) for role in ("clip", "denoiser"))
    small = {**CONFIG, "size": 64, "widths": [32, 32]}
    return OfflinePainter(
        Clip.load(clip, STARTER).requires_grad_(False),
        Denoiser.load(denoiser).float().requires_grad_(False),
        Detail(build_detail(small), small),
        art(),
    )


def test_repainted_crops_still_show_what_they_are_called_by(painter: OfflinePainter) -> None:
    """What was red and called apple is still red, and what was blue and called car blue, unless the crops are grey."""
    pictures, labels = repainted_crops(painter, 16, 64, 1)
    assert pictures.dtype == torch.uint8 and pictures.shape == (32, 3, 64, 64)
    middle = pictures[:, :, 16:48, 16:48].float().mean((2, 3))
    redder = middle[:, 0] - middle[:, 2]
    coloured = (middle.max(1).values - middle.min(1).values) > 8
    assert int(coloured.sum()) >= 16
    assert ((redder[coloured] > 0) == (labels[coloured] == 0)).float().mean() > 0.9


def test_failed_paintings_depend_on_their_seed_alone(painter: OfflinePainter) -> None:
    """A judge trained again from the same seed learns from the same failures; another seed gives others."""
    first, again, other = (failed_paintings(painter, 20, 64, seed) for seed in (5, 5, 6))
    assert first.shape == (20, 3, 64, 64)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
