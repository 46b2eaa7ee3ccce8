"""Measuring the models: the figures mean what they say, and an interrupted run goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from text_replace_engine.evaluate.cases import OUTSIDE, QUICK, Case, Question, QuickCases, ask
from text_replace_engine.evaluate.measure import BARS, Row, measure, summarise
from text_replace_engine.evaluate.statistics import mean, share
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.vocabulary import read_vocabulary, refusal
from text_replace_engine.requests import Engine, IsCancelled, IsKept, OnProgress, to_plane
from text_replace_engine.train.words import held_out
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box
from text_replace_wire.link import never
from text_replace_wire.messages import Candidate, Edit, Edited, Find, Found


class PartialEngine:
    """Finds the left half of every picture, whatever is asked for, unless it is a pear."""

    def __init__(self, sha256: str = "a") -> None:
        self.asked: list[str] = []
        self._sha256 = sha256

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        self.asked.append(request.replace)
        mask = np.zeros(request.image.size[::-1], np.uint8)
        mask[:, : request.image.width // 2] = 255
        box = Box(0, 0, request.image.width // 2, request.image.height)
        candidate = Candidate(0, "thing", 1.0, 1.0, box, box, 1, to_plane(mask))
        chosen = () if request.replace == "pear" else (0,)
        return Found((candidate,), chosen, "", {"models": [{"role": "clip", "name": "fake", "sha256": self._sha256}]})

    def edit(self, request: Edit, on_progress: OnProgress, cancelled: IsCancelled, kept: IsKept = never) -> Edited:
        raise NotImplementedError


class TwoCases:
    """One object on the left three quarters, one on the right half."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Case:
        mask = np.zeros((10, 40), np.bool_)
        mask[:, :30] = index == 0
        mask[:, 20:] |= index == 1
        question = Question("apple", "pear" if index == 0 else "umbrella", listed=index == 0)
        return Case(np.zeros((10, 40, 3), np.uint8), mask, question)


def ask_all(engine: Engine, results: Path | None) -> dict[str, float]:
    summary = measure(engine, TwoCases(), results, "test", lambda done: None, lambda: False)
    return {name: each.value for name, each in summary.items()}


def test_figures_mean_what_they_say() -> None:
    """Right is an IoU of a half, a wrong place counts as 0 in the mean, a found absent word is a false alarm."""
    assert ask_all(PartialEngine(), None) == {
        "right object": 0.5,
        "missed": 0.0,
        "honest not found": 0.5,
        "false alarm, vocabulary words": 0.0,
        "false alarm, outside words": 1.0,
        "mean IoU": pytest.approx((2 / 3 + 0) / 2),
        "mean IoU where right": pytest.approx(2 / 3),
    }


def test_object_that_was_missed_counts_as_no_overlap() -> None:
    """Saying "not found" too often cannot improve the mean IoU."""
    rows = [Row("apple", True, 0.8, "pear", True, False), Row("apple", False, 0.0, "pear", True, False)]
    summary = summarise(rows)
    assert (summary["mean IoU"].value, summary["missed"].value) == (0.4, 0.5)


def test_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Rows on disk are kept for the same models, and dropped when the models are others."""
    results = tmp_path / "results.json"
    first = ask_all(PartialEngine(), results)
    again, other = PartialEngine(), PartialEngine("b")
    assert ask_all(again, results) == first
    assert again.asked == ["apple", "pear"]
    assert ask_all(other, results) == first
    assert other.asked == ["apple", "pear", "apple", "umbrella"]


def test_other_files_are_not_overwritten(tmp_path: Path) -> None:
    """A mistyped file name costs nobody a file."""
    precious = tmp_path / "precious.json"
    precious.write_text("[1, 2]")
    with pytest.raises(UserError):
        ask_all(PartialEngine(), precious)
    assert precious.read_text() == "[1, 2]"


def test_intervals() -> None:
    """A share has Wilson's interval (8 of 10: 0.490 to 0.943), a mean the bootstrap's, repeatable and around it."""
    eight = share([True] * 8 + [False] * 2)
    assert [eight.low, eight.high] == pytest.approx([0.490, 0.943], abs=1e-3)
    assert [share([True] * 5).high, share([False] * 5).low] == pytest.approx([1.0, 0.0])
    values = [0.1, 0.5, 0.9, 0.7]
    assert mean(values) == mean(values)
    assert mean(values).low < 0.55 < mean(values).high


def test_outside_words_are_outside() -> None:
    """The words for what is not there name nothing in the vocabulary, and no training has seen them."""
    vocabulary = read_vocabulary(STARTER / "vocabulary.json")
    assert len(set(OUTSIDE)) == len(OUTSIDE) >= 40
    assert [word for word in OUTSIDE if refusal(word, vocabulary, "starter") is None] == []
    assert all(held_out(word) for word in OUTSIDE)


def test_absent_word_shares_nothing_with_the_scene() -> None:
    """Where a green apple is, "apple" is not asked for as something that is not there."""
    rng = np.random.default_rng(0)
    asked = {ask(rng, ["green apple", "cat"], "cat", listed=True).absent for _ in range(500)}
    assert len(asked) > 50
    assert not asked & {"apple", "green apple", "cat"}


def test_quick_set_is_complete() -> None:
    """The committed scenes: 20 of three objects, each with a mask, half of the absent words outside, and the notice."""
    cases = QuickCases()
    assert len(cases) == 20
    for index in range(20):
        case = cases[index]
        assert case.pixels.shape == (*case.mask.shape, 3)
        assert 0.005 < case.mask.mean() < 0.5
        assert case.question.listed == (case.question.absent not in OUTSIDE) == (index % 2 == 0)
    assert "Microsoft" in (QUICK / "NOTICE").read_text()


@pytest.mark.slow
def test_starter_models_reach_version_0() -> None:
    """The committed models find the right object, cover it, and say honestly when it is not there."""
    from text_replace_engine.local import LocalEngine
    from text_replace_engine.pipeline import Pipeline

    summary = measure(LocalEngine(Pipeline()), QuickCases(), None, "quick", lambda done: None, lambda: False)
    missed = {name: summary[name] for name, bar in BARS.items() if summary[name].value < bar}
    assert missed == {}
