"""The paper's own choice, in closed form, and who is asked for it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from text_replace_engine.clock import Clock
from text_replace_engine.finding.finder import Finding
from text_replace_engine.finding.published import PublishedChoice, masked
from text_replace_engine.finding.segment import Segment
from text_replace_engine.search import search
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_engine.steps import finished
from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.messages import Find
from text_replace_wire.planes import Plane

HEIGHT, WIDTH = 40, 60
EVERYWHERE = np.ones((HEIGHT, WIDTH), bool)


class ByColour:
    """A stand-in CLIP: a picture's vector is its mean colour, “red” and “blue” are axes, anything else is between."""

    image_size = 60
    logit_scale = 10.0

    def encode_image(self, image: Tensor) -> Tensor:
        return torch.nn.functional.normalize(image.mean((2, 3)), dim=1)

    def encode_text(self, texts: list[str]) -> Tensor:
        axes = {"red": [1.0, 0.0, 0.0], "blue": [0.0, 0.0, 1.0]}
        return torch.nn.functional.normalize(torch.tensor([axes.get(text, [1.0, 0.0, 0.4]) for text in texts]), dim=1)


def _segment(label: str, left: int) -> Segment:
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[10:30, left : left + 20] = True
    return Segment(label, pixels)


SEGMENTS = [_segment("blue", 5), _segment("blue", 35)]


def _picture() -> Tensor:
    """Green around a red and a blue square, both of which are labelled “blue”."""
    picture = torch.zeros(1, 3, HEIGHT, WIDTH)
    picture[:, 1] = 1
    picture[0, :, 10:30, 5:25] = torch.tensor([1.0, 0, 0])[:, None, None]
    picture[0, :, 10:30, 35:55] = torch.tensor([0, 0, 1.0])[:, None, None]
    return picture


def _find(phrase: str, segments: list[Segment]) -> Finding:
    return finished(PublishedChoice(lambda image, visible: segments, ByColour()).find(_picture(), EVERYWHERE, phrase))  # type: ignore[arg-type]


def test_all_is_black_but_the_segment() -> None:
    """CLIP sees the whole picture in a square, its proportions kept, black outside of the segment."""
    seen = masked(_picture(), SEGMENTS[0], WIDTH)
    assert seen.shape == (1, 3, WIDTH, WIDTH)
    assert torch.equal(seen[..., 20:40, 5:25], _picture()[..., 10:30, 5:25])
    assert float(seen.sum()) == 400


def test_the_best_wins_by_its_pixels() -> None:
    """The highest cosine is chosen, whatever the labels; probabilities are the softmax at CLIP's own scale."""
    finding = _find("red", SEGMENTS)
    assert finding.chosen == (0,) and finding.ranked[0].pixels is SEGMENTS[0].pixels
    expected = torch.softmax(torch.tensor([10.0, 0.0]), 0).tolist()
    assert [seen.probability for seen in finding.ranked] == pytest.approx(expected)
    assert [seen.presence for seen in finding.ranked] == [seen.probability for seen in finding.ranked]


def test_nothing_is_refused() -> None:
    """A word for neither takes the better one all the same; a picture without segments has nothing to take."""
    assert _find("red and blue", SEGMENTS).chosen == _find("a piano", SEGMENTS).chosen == (0,)
    assert _find("red", []) == Finding((), (), ())


def test_finders_that_do_not_segment_first_refuse() -> None:
    """One sentence that names the set, before anything is looked for."""
    image = Plane(4, 4, 3, bytes(48))
    request = Find("cat", image, (4, 4), models="photo", select=Select.PAPER)
    models = SimpleNamespace(finder=SimpleNamespace(find=None))
    with pytest.raises(UserError, match="The Starter models do not choose among segments as the paper does"):
        finished(search(request, STARTER_SET, models, torch.device("cpu"), Clock()))  # type: ignore[arg-type]
