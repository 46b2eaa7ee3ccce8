"""The decode head of the segmenter, computed in another order than transformers does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from text_replace_engine.models.networks.segmenter import Segmenter, build_segmenter

CONFIG = {
    "segformer": {"depths": [1] * 4, "hidden_sizes": [8, 16, 24, 32], "decoder_hidden_size": 80},
    "labels": [str(number) for number in range(9)],
    "input_size": 160,
    "closer_size": 96,
    "mean": [0.4, 0.5, 0.6],
    "std": [0.2, 0.25, 0.3],
}


@pytest.fixture
def segmenter() -> Segmenter:
    """A small network, every number of which counts: also those that normalise, which are 0 and 1 at first."""
    torch.manual_seed(0)
    network = build_segmenter(CONFIG).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.normal_(0, 0.3)
    norm = network.decode_head.batch_norm
    assert norm.running_mean is not None and norm.running_var is not None
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    return Segmenter(network, CONFIG)


def test_logits_are_those_of_the_library(segmenter: Segmenter) -> None:
    """On the network's grid every label has the logit that transformers' own forward pass gives, of a whole picture and
    of several views at once, which do not become each other's.
    """
    pictures = torch.rand(2, 3, 96, 160), torch.rand(3, 3, 96, 96)
    expected = [_by_library(segmenter, batch) for batch in pictures]
    with torch.inference_mode():
        found = [segmenter.labelling(picture[None]).grid for picture in pictures[0]]
        closer = [look.grid for look in segmenter.refinements([view[None] for view in pictures[1]])]
    assert expected[0].std() > 1
    torch.testing.assert_close(torch.stack(found), expected[0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(torch.stack(closer), expected[1], atol=1e-4, rtol=1e-4)


def _by_library(segmenter: Segmenter, pictures: Tensor) -> Tensor:
    mean, std = torch.tensor(CONFIG["mean"]).view(1, 3, 1, 1), torch.tensor(CONFIG["std"]).view(1, 3, 1, 1)
    with torch.inference_mode():
        logits: Tensor = segmenter.network(pixel_values=(pictures - mean) / std).logits
    return logits
