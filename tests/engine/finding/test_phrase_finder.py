"""What the finder for any phrase answers, remembers, and says where it finds nothing: around networks always right."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.engine.finding.oracles import COLOURS, NOUNS, Drawn, Oracles, drawing
from tests.engine.finding.planted_clip import PlantedClip, agreement
from tests.engine.models import small_photo
from text_replace_engine.boxes import bounding_box
from text_replace_engine.finding.by_phrase.boxes import worth_a_mask
from text_replace_engine.finding.by_phrase.detect_and_mask import DetectAndMask
from text_replace_engine.finding.by_phrase.instances import Instance, InstanceSource, cleaned, tidied
from text_replace_engine.finding.by_phrase.masking import PictureMasks
from text_replace_engine.finding.by_phrase.phrase_finder import PhraseFinder
from text_replace_engine.finding.by_phrase.segment_concepts import SegmentConcepts
from text_replace_engine.finding.cache import Recent
from text_replace_engine.finding.finder import Finding
from text_replace_engine.models.networks.concepts import ConceptInstances, Concepts, ConceptsView
from text_replace_engine.models.networks.detector import Detections, Detector
from text_replace_engine.models.networks.masker import Masker
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Stage

pytestmark = pytest.mark.slow

SIZE = (320, 200)
APPLE = Drawn(COLOURS["apple"], (0.3, 0.6), (0.15, 0.2))
EVERYTHING = np.ones(SIZE[::-1], bool)

Result = TypeVar("Result")


def picture(*objects: Drawn) -> Tensor:
    return torch.from_numpy(drawing(SIZE, *objects)).permute(2, 0, 1)[None] / 255


def end(work: Generator[Stage, None, Result]) -> tuple[Result, list[Stage]]:
    """The result, and the stages on the way."""
    stages = []
    while True:
        try:
            stages.append(next(work))
        except StopIteration as stop:
            return stop.value, stages


def clip_that_sees(**cosines: float) -> PlantedClip:
    """The same in every picture."""
    clip = PlantedClip([*COLOURS, *NOUNS.names])
    clip.seen = clip.picture(**cosines)
    return clip


@pytest.fixture
def oracles(detector_snapshot: Path) -> Oracles:
    return Oracles(detector_snapshot)


def find(oracles: Oracles, phrase: str, image: Tensor, visible: NDArray[np.bool_] = EVERYTHING) -> Finding:
    return end(oracles.finder.find(image, visible, phrase))[0]


def test_presence_is_the_detectors_score(oracles: Oracles) -> None:
    """Where CLIP agrees; the label is what was typed, and what CLIP would say of it has no vote."""
    finding = find(oracles, "apple", picture(APPLE))
    assert finding.chosen == (0,) and finding.ranked[0].label == "apple"
    assert finding.ranked[0].presence == pytest.approx(0.9, abs=1e-4)
    assert finding.ranked[0].probability == 1


def test_where_clip_disagrees_it_is_not_found(detector_snapshot: Path) -> None:
    """The candidate stays, for who wants to pick it, below the floor; told is what CLIP would say: of what it saw, and
    no more than it would agree with.
    """
    oracles = Oracles(detector_snapshot, clip_that_sees(apple=0.21, stone=0.26, oak=0.28, tree=0.25))
    finding = find(oracles, "apple", picture(APPLE))
    assert finding.chosen == () and len(finding.ranked) == 1
    assert 0.3 < finding.ranked[0].presence < 0.35
    assert finding.seen == ("oak",)
    nothing = Oracles(detector_snapshot, clip_that_sees(apple=0.15))
    assert find(nothing, "apple", picture(APPLE)).seen == ()


def test_a_weak_detection_is_not_found(oracles: Oracles, monkeypatch: pytest.MonkeyPatch) -> None:
    """CLIP's agreement lifts nothing over the floor."""
    monkeypatch.setattr("tests.engine.finding.oracles._SCORES", {"apple": 0.34})
    finding = find(oracles, "apple", picture(APPLE))
    assert finding.chosen == () and finding.ranked[0].presence == pytest.approx(0.34, abs=1e-4)
    monkeypatch.setattr("tests.engine.finding.oracles._SCORES", {"apple": 0.36})
    again = Oracles(oracles.tokenizer)
    assert find(again, "apple", picture(APPLE)).chosen == (0,)


def test_nothing_to_find(oracles: Oracles) -> None:
    """Without a box nothing is masked, and the whole picture tells what CLIP sees."""
    oracles.clip.seen = oracles.clip.picture(stone=0.3)
    finding = find(oracles, "apple", picture())
    assert finding == Finding((), (), ("stone",), named=((),))
    assert oracles.masking.passes == 0


def test_a_second_phrase_shares_what_was_seen(oracles: Oracles) -> None:
    """Of one picture the detector's and the masker's pass run once for all phrases, clicks and selections; a phrase is
    not asked again; another picture is.
    """
    cat = Drawn(COLOURS["cat"], (0.75, 0.25), (0.1, 0.15))
    image = picture(APPLE, cat)
    first = find(oracles, "apple", image)
    find(oracles, "cat", image)
    shown = oracles.clip.shown
    again = find(oracles, "apple", image)
    end(oracles.masks.outline(image, EVERYTHING, [(100.0, 120.0)], None))
    assert (oracles.detecting.looking.passes, oracles.masking.passes) == (1, 1)
    assert oracles.detecting.asked == ["apple", "cat"] and oracles.clip.shown == shown
    assert np.array_equal(again.ranked[0].pixels, first.ranked[0].pixels) and again.chosen == first.chosen
    half = EVERYTHING.copy()
    half[:, :96] = False
    cut = find(oracles, "apple", image, half)
    assert not cut.ranked[0].pixels[:, :96].any()
    assert oracles.detecting.asked == ["apple", "cat"] and oracles.clip.shown == shown + 1
    shown = oracles.clip.shown
    find(oracles, "apple", picture(APPLE))
    assert (oracles.detecting.looking.passes, oracles.masking.passes) == (2, 2)
    assert oracles.clip.shown == shown + 1


def test_it_can_be_cancelled_between_the_passes(oracles: Oracles) -> None:
    """Every pass through a network is a step of its own: dropping the work before the next leaves that undone."""
    work = oracles.finder.find(picture(APPLE), EVERYTHING, "apple")
    passes = []
    for stage in work:
        done = oracles.detecting.looking.passes + len(oracles.detecting.asked) + oracles.masking.passes
        passes.append((stage, done))
    assert [done for stage, done in passes if stage is Stage.SEGMENT] == [0, 1, 2, 3]
    assert passes[-1] == (Stage.CHOOSE, 3)


def test_what_lies_outside_the_selection_takes_no_place(oracles: Oracles) -> None:
    """Boxes without anything visible in them get no mask."""
    visible = np.zeros(SIZE[::-1], bool)
    visible[:, 240:] = True
    assert find(oracles, "apple", picture(APPLE), visible).ranked == ()
    assert oracles.masking.passes == 0


def test_an_outline_stays_where_it_may_be(oracles: Oracles) -> None:
    """Cut to what is visible and to the box that was dragged; None where that leaves nothing, without a look."""
    image, left = picture(APPLE), EVERYTHING.copy()
    left[:, 96:] = False
    pixels, _ = end(oracles.masks.outline(image, left, [(96.0, 120.0)], None))
    assert pixels is not None and pixels[:, :96].any() and not pixels[:, 96:].any()
    # The masker may reach over the box.
    oracles.masking.reach = 1.5
    box = Box(48, 80, 96, 120)
    inside, _ = end(oracles.masks.outline(image, EVERYTHING, [], box))
    assert inside is not None and bounding_box(inside) == box
    passes = oracles.masking.passes
    assert end(oracles.masks.outline(picture(), left, [], Box(200, 80, 240, 120)))[0] is None
    assert oracles.masking.passes == passes


def test_small_networks_of_the_real_classes(tmp_path: Path) -> None:
    """From snapshots as the hub has them, both ways to find run from end to end, and answer the same twice."""
    small_photo.write_all(tmp_path)
    clip, image = clip_that_sees(stone=0.3), picture(APPLE)
    masks = PictureMasks(Masker.load(tmp_path / "masker"))
    sources: list[InstanceSource] = [
        DetectAndMask(Detector.load(tmp_path / "detector"), masks),
        SegmentConcepts(Concepts.load(tmp_path / "concepts")),
    ]
    for source in sources:
        finder = PhraseFinder(source, clip, agreement(clip, NOUNS))  # type: ignore[arg-type]
        first, again = (end(finder.find(image, EVERYTHING, "apple and cat"))[0] for _ in range(2))
        assert [seen.presence for seen in again.ranked] == [seen.presence for seen in first.ranked]
    pixels, stages = end(masks.outline(image, EVERYTHING, [(100.0, 120.0)], None))
    assert stages == [Stage.SEGMENT] * 2 and (pixels is None or pixels.shape == SIZE[::-1])


@dataclass
class PlannedConcepts:
    """See `networks.concepts.Concepts`."""

    presence: float
    scores: tuple[float, ...]
    seen: int = 0

    def see(self, image: Tensor) -> ConceptsView:
        self.seen += 1
        return ConceptsView({}, (SIZE[1], SIZE[0]))

    def instances(self, view: ConceptsView, phrase: str, least: float, most: int) -> ConceptInstances:
        masks = torch.zeros(len(self.scores), *view.size, dtype=torch.bool)
        for place in range(len(self.scores)):
            masks[place, 50:100, 20 + 60 * place : 60 + 60 * place] = True
        return ConceptInstances(self.presence, torch.tensor(self.scores), masks)


@pytest.mark.parametrize(("presence", "chosen"), [(0.5, (0,)), (0.49, ())])
def test_a_network_that_knows_presence_stands_alone(presence: float, chosen: tuple[int, ...]) -> None:
    """SAM 3 says itself whether there is any: CLIP is not asked, but names what else there is."""
    clip, concepts = clip_that_sees(stone=0.3), PlannedConcepts(presence, (0.9, 0.4))
    finder = PhraseFinder(SegmentConcepts(concepts), clip, agreement(clip, NOUNS))  # type: ignore[arg-type]
    for _ in range(2):
        finding, _ = end(finder.find(picture(APPLE), EVERYTHING, "apple"))
        assert finding.chosen == chosen and [seen.presence for seen in finding.ranked] == [presence] * 2
        assert [round(seen.probability, 3) for seen in finding.ranked] == [0.692, 0.308]
        assert finding.seen == (() if chosen else ("stone",))
    assert concepts.seen == 1


def test_holes_are_filled_and_specks_gone() -> None:
    """A mask keeps what something in front of it divides, but no crumbs."""
    mask = np.zeros((60, 80), bool)
    mask[10:50, 5:45] = True
    whole = mask.copy()
    whole[20:30, 55:65] = True
    mask[25:30, 20:25] = False
    mask[20:30, 55:65] = True
    mask[2:4, 70:74] = True
    assert np.array_equal(cleaned(mask), whole)
    assert not cleaned(np.zeros((5, 5), bool)).any()


def test_each_object_is_one_candidate() -> None:
    """The better one of two masks of an object; none that is nearly nothing, or out of sight."""

    def instance(score: float, x: int, width: int) -> Instance:
        pixels = np.zeros((40, 100), bool)
        pixels[10:30, x : x + width] = True
        return Instance(pixels, score, score)

    visible = np.ones((40, 100), bool)
    visible[:, 90:] = False
    given = [instance(0.9, 10, 20), instance(0.8, 11, 20), instance(0.7, 40, 20), instance(0.6, 92, 8)]
    assert [kept.score for kept in tidied([*given, instance(0.5, 70, 1)], visible, 9)] == [0.9, 0.7, 0.5]
    assert [kept.score for kept in tidied(given, visible, 1)] == [0.9]
    assert [kept.score for kept in tidied([instance(0.5, 89, 9)], visible, 1)] == [0.5]
    few = np.zeros((40, 100), bool)
    few[:3, :5] = True
    assert tidied([Instance(few, 0.9, 0.9)], visible, 9) == []


def test_which_boxes_are_worth_a_mask() -> None:
    """Fair ones, each object's best, as many as asked for, with something visible and some width and height."""
    boxes = torch.tensor(
        [[10.0, 10, 30, 30], [11, 10, 30, 30], [40, 10, 60, 30], [70, 5, 70, 30], [90, 0, 99, 9], [0, 0, 5, 5]]
    )
    scores = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5, 0.09])
    visible = np.ones((40, 100), bool)
    visible[:, 85:] = False
    kept = worth_a_mask(Detections(boxes, scores), visible, 9)
    assert kept.boxes.tolist() == boxes[[0, 2]].tolist() and kept.scores.tolist() == scores[[0, 2]].tolist()
    assert len(worth_a_mask(Detections(boxes, scores), visible, 1).boxes) == 1
    assert len(worth_a_mask(Detections(boxes[:0], scores[:0]), visible, 9).boxes) == 0


@pytest.mark.parametrize(("most", "most_bytes"), [(2, 99), (99, 20)])
def test_memory_is_bounded(most: int, most_bytes: int) -> None:
    """By number and by size; what was used longest ago goes first, and what is too large for any place is not kept."""
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    recent = Recent[int](most, most_bytes, lambda number: 10)
    for number in (1, 2, 1, 3, 1, 2):
        assert recent.get(number, partial(make, number)) == number
    assert made == [1, 2, 3, 2]
