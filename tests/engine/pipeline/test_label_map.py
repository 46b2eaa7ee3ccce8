"""Labels for every pixel, from logits on a network's own grid."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from text_replace_engine.finding.label_map import WHOLE, best_labels, object_labels
from text_replace_engine.models.networks.segmenter import Labelling

LABELS, SIZE = 12, (90, 130)


@pytest.fixture(params=range(4))
def labelling(request: pytest.FixtureRequest) -> Labelling:
    """Smooth logits, of which three labels win nowhere."""
    noise = torch.randn(1, LABELS, 6, 8, generator=torch.Generator().manual_seed(request.param))
    grid = 4 * torch.nn.functional.interpolate(noise, (24, 32), mode="bicubic")[0]
    grid[[3, 7, 11]] -= 20
    return Labelling(grid, SIZE)


def everywhere(labelling: Labelling) -> Tensor:
    return labelling.logits(range(LABELS))


def test_labels_are_those_of_all_logits_at_full_size(labelling: Labelling) -> None:
    """To ask only labels that win somewhere on the grid changes next to no pixel, in any window of the picture."""
    expected = everywhere(labelling).argmax(0).numpy()
    found = best_labels(labelling, WHOLE)
    assert (found != expected).mean() < 1e-3
    window = (slice(10, 40), slice(50, 120))
    np.testing.assert_array_equal(best_labels(labelling, window), found[window])


def test_objects_end_where_the_background_outweighs_all_labels(labelling: Labelling) -> None:
    """A pixel is an object's where the exponentials of all its labels' logits, also of those that win nowhere, are more
    than the background's.
    """
    logits = everywhere(labelling)
    expected = (logits[1:].logsumexp(0) > logits[0]).numpy()
    assert ((object_labels(labelling, 0, WHOLE) != 0) != expected).mean() < 1e-3
