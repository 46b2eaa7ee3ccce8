"""The segmenter's training goes on from the committed weights, also with more blocks than they have."""

from __future__ import annotations

import pytest
import torch
from PIL import Image

from text_replace_engine.lab.train import segmenter
from text_replace_engine.lab.train.art import Art
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.models.store import read_role


def test_a_deeper_network_begins_with_what_the_committed_one_has_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further blocks begin as the identity: a deepened network sees exactly what the committed one sees."""
    stored = read_role(STARTER, "segmenter")
    deeper = {**stored.config["segformer"], "depths": [depth + 1 for depth in stored.config["segformer"]["depths"]]}
    monkeypatch.setattr(segmenter, "fresh_config", lambda names: {**stored.config, "segformer": deeper})
    art = Art({name: Image.new("RGBA", (1, 1)) for name in stored.config["labels"][1:]}, ())

    network = segmenter.SegmenterTask(art, seed=0).network().eval()

    assert isinstance(network, Segmenter)
    picture = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(network.logits(picture), Segmenter.load(stored).logits(picture), atol=1e-4, rtol=0)
