"""What CLIP is shown of a segment, and what a finding says, in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from text_replace_engine.finding.finder import Finding
from text_replace_engine.finding.match import embedded, matched, scores, split_prompt, view
from text_replace_engine.finding.segment import Segment

SIDE = 80


class AxisClip:
    """Words and pictures are unit vectors along axes: a word's own, and the first for every picture."""

    image_size = 16
    logit_scale = 20.0
    floor = 0.5
    words = ("apple", "dog", "car")

    def __init__(self) -> None:
        self.shown = 0

    def encode_image(self, image: Tensor) -> Tensor:
        self.shown += len(image)
        return torch.eye(3)[:1].expand(len(image), -1)

    def encode_text(self, texts: list[str]) -> Tensor:
        return torch.stack([torch.eye(3)[self.words.index(text)] for text in texts])

    def presence(self, cosine: Tensor) -> Tensor:
        return cosine.clamp(0, 1)


def square(label: str, x: int) -> Segment:
    """20 × 20 pixels."""
    pixels = np.zeros((SIDE, SIDE), bool)
    pixels[30:50, x : x + 20] = True
    return Segment(label, pixels)


def test_what_clip_sees_is_dimmed_and_blurred_around_the_segment() -> None:
    """The picture itself inside; outside 35 % of it, softened by a Gaussian of a sixteenth of the view."""
    picture = torch.zeros(1, 3, 200, 200)
    picture[..., :100] = 0.8
    pixels = np.zeros((200, 200), bool)
    pixels[36:164, 36:164] = True
    # 1.25 times 128 pixels: nothing is resampled.
    seen = view(picture, Segment("apple", pixels), 160)
    assert seen.shape == (1, 3, 160, 160)
    assert torch.equal(seen[..., 16:144, 16:144], picture[..., 36:164, 36:164])
    for column in (40, 70, 79, 80, 90, 120):
        share = 0.5 * (1 - math.erf((column + 0.5 - 80) / 10 / math.sqrt(2)))
        for around in (seen[0, 0, 8, column], seen[0, 0, 152, column]):
            assert float(around) == pytest.approx(0.35 * 0.8 * share, abs=0.001)


def test_a_finding_says_what_there_is() -> None:
    """Every candidate with its label, pixels, share of the softmax and greatest presence of all parts; the labels that
    were seen, once each, best first.
    """
    segments = [square("dog", 0), square("apple", 25), square("dog", 50)]
    vectors = torch.tensor([[0.0, 0.6, 0.8], [0.8, 0.6, 0.0], [0.0, 1.0, 0.0]])
    finding = matched(torch.zeros(1, 3, SIDE, SIDE), segments, "dog, car", AxisClip(), 0.0, vectors)  # type: ignore[arg-type]
    assert [seen.label for seen in finding.ranked] == ["dog", "dog", "apple"]
    assert [seen.presence for seen in finding.ranked] == pytest.approx([1.0, 0.8, 0.6])
    exponentials = [math.exp(20 * cosine) for cosine in (1.0, 0.8, 0.6)]
    shares = [each / sum(exponentials) for each in exponentials]
    assert [seen.probability for seen in finding.ranked] == pytest.approx(shares, rel=1e-4)
    assert [int(seen.pixels[40].argmax()) for seen in finding.ranked] == [50, 0, 25]
    assert finding.chosen == (0, 1)
    assert finding.seen == ("dog", "apple")


def test_the_floor_is_enough() -> None:
    """A presence of exactly CLIP's floor is found, below it nothing is."""
    for cosine, chosen in ((0.5, (0,)), (0.4999, ())):
        vectors = torch.tensor([[cosine, 0.0, 0.0]])
        segments = [square("dog", 0)]
        finding = matched(torch.zeros(1, 3, SIDE, SIDE), segments, "apple", AxisClip(), 0.0, vectors)  # type: ignore[arg-type]
        assert finding.chosen == chosen


def test_known_vectors_are_not_computed_again() -> None:
    """What CLIP has seen of the segments counts, and is not looked at anew; without it every segment is looked at."""
    clip, image = AxisClip(), torch.zeros(1, 3, SIDE, SIDE)
    segments = [square("apple", 0), square("dog", 25)]
    vectors = torch.eye(3)[[1, 2]]
    told = scores(image, segments, ["dog", "car"], clip, 0.0, vectors)  # type: ignore[arg-type]
    assert torch.equal(told, torch.eye(2))
    assert clip.shown == 0
    assert torch.equal(scores(image, segments, ["dog", "car"], clip, 0.0), torch.zeros(2, 2))  # type: ignore[arg-type]
    assert clip.shown == 2


def test_nothing_is_found_in_nothing() -> None:
    """Without segments nothing is ranked, chosen or seen, and CLIP is not asked."""
    clip, image = AxisClip(), torch.zeros(1, 3, SIDE, SIDE)
    assert matched(image, [], "apple", clip) == Finding((), (), ())  # type: ignore[arg-type]
    assert len(embedded(image, [], clip)) == clip.shown == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("prompt", ["apple and dog", "apple AND dog", "apple & dog", "apple, dog", " apple ,and dog,"])
def test_what_separates_parts(prompt: str) -> None:
    """“and” in any case, “&” and commas, with any spaces."""
    assert split_prompt(prompt) == ["apple", "dog"]


def test_an_and_inside_a_word_separates_nothing() -> None:
    """“and” between hyphens or apostrophes is part of a word."""
    for word in ("black-and-white cat", "rock'and'roll cat", "sand"):
        assert split_prompt(f"{word} and dog") == [word, "dog"]
