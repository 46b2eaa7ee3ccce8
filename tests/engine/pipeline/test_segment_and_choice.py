"""From logits to instances, and from instances to the one that the prompt means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor

from text_replace_engine.finding.finder import Finding
from text_replace_engine.finding.match import matched, scores, split_prompt
from text_replace_engine.finding.segment import Segment, segment
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.segmenter import Labelling
from text_replace_engine.tensors import square_around
from text_replace_wire.geometry import Box

LABELS = ("background", "apple", "dog", "car")


@dataclass
class PaintedSegmenter:
    """Gives each pixel the logits of the label drawn there."""

    drawn: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    labels: tuple[str, ...] = LABELS
    #: What a closer look sees: a label map of the whole picture, with its edges repeated around it.
    closer: np.ndarray[tuple[int, int], np.dtype[np.int64]] | None = None
    refinement_size: int | None = None
    #: By how much an object's logit is above the others'.
    sure: float = 5.0

    def refinements(self, squares: Sequence[Tensor]) -> list[Labelling]:
        """A square is a picture whose first two channels are the coordinates of its pixels, in hundreds."""
        assert self.closer is not None
        places = [(square[0, :2] * 100).round().long() for square in squares]
        return [self._painted(self.closer[rows, columns]) for columns, rows in places]

    def labelling(self, image: Tensor) -> Labelling:
        return self._painted(self.drawn)

    def _painted(self, labels: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Labelling:
        logits = torch.nn.functional.one_hot(torch.from_numpy(labels), len(LABELS)).permute(2, 0, 1).float()
        sureness = torch.tensor([5.0, *(self.sure for _ in LABELS[1:])]).view(-1, 1, 1)
        return Labelling(logits * sureness, (labels.shape[0], labels.shape[1]))


class WordClip:
    """Pictures are their mean colour, words fixed colours: apple red, dog green, car blue; anything else is far off."""

    image_size = 16
    logit_scale = 20.0
    floor = 0.5
    colours = {"apple": (1.0, 0.0, 0.0), "dog": (0.0, 1.0, 0.0), "car": (0.0, 0.0, 1.0)}

    def encode_image(self, image: Tensor) -> Tensor:
        return torch.nn.functional.normalize(image.mean((2, 3)), dim=1)

    def encode_text(self, texts: list[str]) -> Tensor:
        return torch.tensor([self.colours.get(text, (-0.6, -0.6, -0.5)) for text in texts])

    def presence(self, cosine: Tensor) -> Tensor:
        return torch.sigmoid(20 * (cosine - 0.5))


def scene() -> tuple[Tensor, PaintedSegmenter]:
    drawn = np.zeros((80, 120), np.int64)
    drawn[10:40, 10:40] = 1
    drawn[30:70, 60:110] = 2
    drawn[50:70, 10:40] = 3
    image = torch.zeros(1, 3, 80, 120)
    for label in (1, 2, 3):
        image[0, label - 1][torch.from_numpy(drawn == label)] = 1
    return image, PaintedSegmenter(drawn)


def test_one_segment_per_instance() -> None:
    """Every connected patch of a label is a segment of its own, largest first, the background none."""
    image, segmenter = scene()
    segmenter.drawn[2:8, 100:118] = 1
    found = segment(image, segmenter)  # type: ignore[arg-type]
    assert [seen.label for seen in found] == ["dog", "apple", "car", "apple"]


def test_wrong_patch_joins_its_object() -> None:
    """A small patch of another label inside an object does not become a segment, nor a hole, where that is unsure."""
    image, segmenter = scene()
    segmenter.drawn[40:46, 80:86] = 1
    segmenter.sure = 0.6
    found = segment(image, segmenter)  # type: ignore[arg-type]
    assert [seen.label for seen in found] == ["dog", "apple", "car"]
    assert found[0].pixels.sum() == 40 * 50


def test_small_object_that_touches_a_large_one_keeps_its_segment() -> None:
    """What the segmenter is sure of is not swallowed by a neighbour twenty times its size."""
    image, segmenter = scene()
    segmenter.drawn[60:70, 110:118] = 1
    found = segment(image, segmenter)  # type: ignore[arg-type]
    assert [(seen.label, int(seen.pixels.sum())) for seen in found][-1] == ("apple", 80)


def coordinates(height: int, width: int) -> Tensor:
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([columns, rows, 0 * rows]).float()[None] / 100


def looked_closer(drawn: list[tuple[slice, slice, int]], closer: list[tuple[slice, slice, int]]) -> list[Segment]:
    maps = [np.zeros((60, 90), np.int64) for _ in range(2)]
    for plane, patches in zip(maps, (drawn, closer), strict=True):
        for rows, columns, label in patches:
            plane[rows, columns] = label
    segmenter = PaintedSegmenter(maps[0], closer=maps[1], refinement_size=64)
    return segment(coordinates(60, 90), segmenter)  # type: ignore[arg-type]


def test_closer_look_gives_outline_and_name() -> None:
    """Where the segmenter looks closer, its outline and its label replace those of the first look, at a border too."""
    found = looked_closer([(slice(0, 20), slice(0, 20), 1)], [(slice(0, 16), slice(2, 22), 2)])
    assert [(seen.label, seen.box) for seen in found] == [("dog", Box(2, 0, 22, 16))]
    assert found[0].pixels.sum() == 16 * 20


def test_closer_look_that_sees_something_else_is_ignored() -> None:
    """A closer look that finds nothing where the object is, or only a small part of it, changes nothing."""
    for seen in ([], [(slice(10, 18), slice(10, 18), 2)]):
        found = looked_closer([(slice(10, 30), slice(10, 30), 1)], seen)
        assert [(seen.label, seen.box) for seen in found] == [("apple", Box(10, 10, 30, 30))]


def test_closer_look_joins_two_parts_of_one_object() -> None:
    """Two labels on one object become one segment when a closer look finds the whole of it from both."""
    parts = [(slice(10, 40), slice(10, 28), 1), (slice(10, 40), slice(28, 40), 2)]
    found = looked_closer(parts, [(slice(10, 40), slice(10, 40), 1)])
    assert [(seen.label, seen.box) for seen in found] == [("apple", Box(10, 10, 40, 40))]


def test_closer_look_leaves_a_neighbour_its_own() -> None:
    """A closer look at a large object that takes the half of a small neighbour it sees for a part of it does not make
    that neighbour disappear.
    """
    large, small = (slice(5, 45), slice(30, 75), 2), (slice(20, 32), slice(19, 29), 1)

    class Hasty(PaintedSegmenter):
        def refinements(self, squares: Sequence[Tensor]) -> list[Labelling]:
            looks = []
            for square in squares:
                looks_at_the_large = square.shape[-1] > 50
                self.closer = joined if looks_at_the_large else self.drawn
                looks += super().refinements([square])
            return looks

    drawn = np.zeros((60, 90), np.int64)
    for rows, columns, label in (large, small):
        drawn[rows, columns] = label
    joined = drawn.copy()
    joined[20:32, 19:30] = 2
    found = segment(coordinates(60, 90), Hasty(drawn, refinement_size=64))  # type: ignore[arg-type]
    assert [(seen.label, seen.box) for seen in found][-1] == ("apple", Box(19, 20, 29, 32))


@pytest.mark.parametrize("size", [(1, 1), (3, 8), (31, 31)])
def test_tiny_pictures_hold_nothing(size: tuple[int, int]) -> None:
    """A picture too small for the segmenter gives no segments instead of an error."""
    assert segment(torch.zeros(1, 3, *size), PaintedSegmenter(np.zeros(size, np.int64))) == []  # type: ignore[arg-type]


def finding_of(image: Tensor, segments: list[Segment], phrase: str, **more: float) -> Finding:
    return matched(image, segments, phrase, WordClip(), **more)  # type: ignore[arg-type]


def chosen_labels(phrase: str) -> list[str]:
    image, segmenter = scene()
    finding = finding_of(image, segment(image, segmenter), phrase)  # type: ignore[arg-type]
    return [finding.ranked[rank].label for rank in finding.chosen]


def test_the_named_object_is_chosen() -> None:
    """The prompt decides, not the size or the order of the segments."""
    assert chosen_labels("car") == ["car"]
    assert chosen_labels("apple") == ["apple"]


def test_several_named_objects_are_all_chosen() -> None:
    """Parts between commas and “and” are sought one by one."""
    assert sorted(chosen_labels("apple and car")) == ["apple", "car"]
    assert sorted(chosen_labels("apple, dog, and car")) == ["apple", "car", "dog"]


def test_an_absent_object_is_not_found() -> None:
    """Softmax always has a winner; the absolute presence says that it is not there."""
    image, segmenter = scene()
    finding = finding_of(image, segment(image, segmenter), "zebra")  # type: ignore[arg-type]
    assert finding.chosen == ()
    assert len(finding.ranked) == 3
    assert sum(seen.probability for seen in finding.ranked) == pytest.approx(1)


def test_one_candidate_is_not_found_by_its_probability() -> None:
    """With one candidate the probability is 1; absence still shows."""
    image, segmenter = scene()
    only: list[Segment] = segment(image, segmenter)[:1]  # type: ignore[arg-type]
    finding = finding_of(image, only, "car")
    assert finding.ranked[0].probability == 1
    assert finding.chosen == ()


def test_wrong_patch_does_not_stand_for_its_object() -> None:
    """Where a part of a dog carries the right label and the rest a wrong one, the dog is chosen, not the part."""
    image, segmenter = scene()
    segmenter.drawn[30:70, 60:101] = 1
    found = segment(image, segmenter)  # type: ignore[arg-type]
    finding = finding_of(image, found, "dog")
    best = finding.ranked[finding.chosen[0]]
    assert best.pixels.sum() == 40 * 50
    assert best.label == "apple"


def mislabelled() -> tuple[Tensor, list[Segment]]:
    """A picture with two red squares, of which one is called a dog."""
    image = torch.zeros(1, 3, 80, 120)
    pixels = [np.zeros((80, 120), bool) for _ in range(2)]
    pixels[0][10:40, 10:40] = pixels[1][10:40, 70:100] = True
    for covered in pixels:
        image[0, 0][torch.from_numpy(covered)] = 1
    return image, [Segment("apple", pixels[0]), Segment("dog", pixels[1])]


def test_labels_count_unless_they_are_hidden() -> None:
    """A score is (1 − w)·cos(pixels) + w·cos(label): labels that CLIP's view contradicts decide between equal views by
    default, and with a weight of 0 they change nothing.
    """
    image, segments = mislabelled()
    clip = WordClip()
    swapped = [Segment(label, seen.pixels) for label, seen in zip(("dog", "apple"), segments, strict=True)]

    def scored(objects: list[Segment], **more: float) -> Tensor:
        return scores(image, objects, ["apple", "dog"], clip, **more)  # type: ignore[arg-type]

    by_pixels = scored(segments, label_weight=0.0)
    assert torch.equal(scored(swapped, label_weight=0.0), by_pixels)
    assert torch.allclose(by_pixels[0], by_pixels[1], atol=1e-3)
    by_label = torch.eye(2)
    assert torch.allclose(scored(segments), 0.8 * by_pixels + 0.2 * by_label, atol=1e-6)
    assert torch.allclose(scored(segments, label_weight=1.0), by_label, atol=1e-6)


def test_by_default_the_label_decides_between_equal_views() -> None:
    """What is asked for and what the segmenter calls it agree: that one is ranked first, unless labels are hidden."""
    image, segments = mislabelled()
    for phrase in ("apple", "dog"):
        assert finding_of(image, segments, phrase).ranked[0].label == phrase
    hidden = [finding_of(image, segments, phrase, label_weight=0.0) for phrase in ("apple", "dog")]
    assert hidden[0].ranked[0].label == hidden[1].ranked[0].label


def test_prompt_parts() -> None:
    """Words that only contain “and” stay whole; a prompt of nothing but separators stays itself."""
    assert split_prompt("sand castle and dog, cat") == ["sand castle", "dog", "cat"]
    assert split_prompt("and") == ["and"]


def test_square_around_is_square_and_centred() -> None:
    """The view of a segment is a square around its box, even at the picture's edge."""
    assert square_around(Box(10, 20, 30, 30), 1.0) == Box(10, 15, 30, 35)
    assert square_around(Box(0, 0, 4, 10), 2.0) == Box(-8, -5, 12, 15)


def test_text_that_cannot_be_read_is_not_there() -> None:
    """The presence of a part that CLIP cannot know is 0, whatever it looks like; the other parts keep theirs."""
    image, segmenter = scene()
    segments = segment(image, segmenter)  # type: ignore[arg-type]
    clip = cast(Clip, WordClip())
    plain = matched(image, segments, "apple and dog", clip)
    half = matched(image, segments, "apple and dog", clip, is_read=lambda part: part != "dog")
    none = matched(image, segments, "apple and dog", clip, is_read=lambda part: False)
    assert len(plain.chosen) == 2 and len(half.chosen) == 1
    assert none.chosen == () and {seen.presence for seen in none.ranked} == {0.0}
    assert none.seen == plain.seen
