"""Choice and "not found": the figures mean what they say, and the questions are fair."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from text_replace_engine.client.exchange import to_plane
from text_replace_engine.lab.evaluate.alike import look_alikes
from text_replace_engine.lab.evaluate.cases import OUTSIDE, QUICK, Case, Question, QuickCases, wear
from text_replace_engine.lab.evaluate.cases import ask as question_for
from text_replace_engine.lab.evaluate.choices import Choice, ask
from text_replace_engine.lab.evaluate.figures import of_choices
from text_replace_engine.lab.train.words import held_out
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.vocabulary import read_vocabulary, refusal
from text_replace_wire.api import Edited, IsCancelled, IsKept, OnProgress, OnVariation, ignore, never
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate, Edit, Find, Found
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.options import AUTO


class LeftHalf:
    """An engine that finds the left half of every picture, whatever is asked for, unless it is a pear."""

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        mask = np.zeros(request.image.size[::-1], np.uint8)
        mask[:, : request.image.width // 2] = 255
        box = Box(0, 0, request.image.width // 2, request.image.height)
        candidate = Candidate(0, "thing", 1.0, 1.0, box, box, 1, to_plane(mask))
        return Found((candidate,), () if request.replace == "pear" else (0,), "", {"models": []})

    def edit(
        self,
        request: Edit,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        kept: IsKept = never,
        on_variation: OnVariation = ignore,
    ) -> Edited:
        raise NotImplementedError

    def warm(self, models: str = AUTO) -> None:
        raise NotImplementedError

    def model_sets(self) -> ModelSets:
        raise NotImplementedError


def columns(start: int, stop: int) -> np.ndarray:
    mask = np.zeros((10, 40), np.bool_)
    mask[:, start:stop] = True
    return mask


def answer(present: str, absent: str, *masks: np.ndarray) -> Choice:
    case = Case(np.zeros((10, 40, 3), np.uint8), masks, Question(present, absent, listed=False))
    return ask(LeftHalf(), None, case, lambda: False)


def values(rows: list[Choice]) -> dict[str, float]:
    return {figure.name: figure.estimate.value for figure in of_choices(rows)}


def test_figures_mean_what_they_say() -> None:
    """Right is an IoU of a half, a wrong place counts as 0 in the mean, a found absent word is a false alarm."""
    found = values([answer("apple", "pear", columns(0, 30)), answer("apple", "umbrella", columns(20, 40))])
    assert found["right object"] == 0.5
    assert found["mean IoU"] == pytest.approx((2 / 3 + 0) / 2)
    assert found["honest not found"] == 0.5
    assert found["present but not found"] == 0


def test_object_that_was_missed_counts_as_no_overlap() -> None:
    """Saying "not found" too often cannot improve the mean IoU."""
    found = values([answer("apple", "pear", columns(0, 20)), answer("pear", "pear", columns(0, 20))])
    assert (found["mean IoU"], found["right object"], found["present but not found"]) == (0.5, 0.5, 0.5)


def test_any_object_that_looks_the_same_is_right() -> None:
    """In a grey picture with an apple and a green apple either one may be chosen."""
    assert answer("apple", "pear", columns(20, 40), columns(0, 20)).iou == 1


def test_art_decides_what_looks_the_same_without_colour() -> None:
    """The same shape in another colour does; another shape or another drawing in the same outline does not."""
    ramp = np.linspace(40, 250, 48).astype(np.uint8)

    def drawn(colour: tuple[float, float, float], wide: int, stripes: bool = False) -> Image.Image:
        shade = np.where(np.arange(48) % 12 < 6, 250, 40).astype(np.uint8)[:, None] if stripes else ramp[None, :]
        shade = np.broadcast_to(shade, (48, 48))
        alpha = np.broadcast_to(np.arange(48) < wide, (48, 48)) * np.uint8(255)
        return Image.fromarray(np.dstack([*(shade * part for part in colour), alpha]).astype(np.uint8))

    alike = look_alikes(
        {
            "red": drawn((1, 0.2, 0.2), 48),
            "green": drawn((0.2, 1, 0.2), 48),
            "narrow": drawn((1, 0.2, 0.2), 20),
            "striped": drawn((1, 0.2, 0.2), 48, stripes=True),
        }
    )
    assert alike == {
        "red": frozenset({"green"}),
        "green": frozenset({"red"}),
        "narrow": frozenset(),
        "striped": frozenset(),
    }


def test_a_tenth_is_grey_and_three_tenths_are_jpeg() -> None:
    """Scenes wear as the bars demand."""
    worn = [wear(np.random.default_rng(seed)) for seed in range(2000)]
    assert 0.08 < sum(grey for grey, _ in worn) / 2000 < 0.12
    assert 0.27 < sum(quality is not None for _, quality in worn) / 2000 < 0.33


def test_outside_words_are_outside() -> None:
    """The words for what is not there name nothing in the vocabulary, and no training has seen them."""
    vocabulary = read_vocabulary(STARTER / "vocabulary.json")
    assert len(set(OUTSIDE)) == len(OUTSIDE) >= 40
    assert [word for word in OUTSIDE if refusal(word, vocabulary, "starter") is None] == []
    assert all(held_out(word) for word in OUTSIDE)


def test_absent_word_shares_nothing_with_the_scene() -> None:
    """Where a green apple is, "apple" is not asked for as something that is not there."""
    rng = np.random.default_rng(0)
    asked = {question_for(rng, ["green apple", "cat"], "cat", listed=True).absent for _ in range(500)}
    assert len(asked) > 50
    assert not asked & {"apple", "green apple", "cat"}


def test_quick_set_is_complete() -> None:
    """The committed scenes: 20 of three objects, each with a mask, half of the absent words outside, and the notice."""
    cases = QuickCases()
    for index in range(20):
        case = cases[index]
        assert case.pixels.shape == (*case.masks[0].shape, 3)
        assert 0.005 < case.masks[0].mean() < 0.5
        assert case.question.listed == (case.question.absent not in OUTSIDE) == (index % 2 == 0)
    assert "Microsoft" in (QUICK / "NOTICE").read_text()
