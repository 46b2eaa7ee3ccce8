"""The lab's measurement of the rule by which CLIP agrees: what it fits, and what it counts."""

from __future__ import annotations

import pytest
import torch

from text_replace_engine.finding.agreement import Bounds
from text_replace_engine.lab.evaluate.agreement import Answers, Rule, Seen, figures, look
from text_replace_engine.lab.evaluate.cases import QuickCases
from text_replace_engine.models.bundle import Models, load_models

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models("starter", torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def scenes(models: Models) -> list[Seen]:
    """The first that come with the engine."""
    cases = QuickCases()
    return [look(models, cases[index]) for index in range(4)]


def test_fitted_bounds_cost_no_more_than_others(models: Models, scenes: list[Seen]) -> None:
    """On the scenes that they were fitted on; and what is there is mostly found by them."""
    rule = Rule(models)
    fitted = rule.answers(scenes, rule.fitted(scenes, rivals=True))
    for bounds in (Bounds(), Bounds(0.9, 0.9), Bounds(0.1, 0.1)):
        assert fitted.cost <= rule.answers(scenes, bounds).cost
    assert sum(fitted.there) >= 3


def test_what_is_counted() -> None:
    """A miss is a word for what is there that is not found; honest is not to find a word for what is not."""
    rows = figures("the rule", Answers((True, True, False, True), (False, True, False, False)))
    assert [row.estimate.value for row in rows] == [0.25, 0.75]


def test_a_scene_without_segments_finds_nothing(models: Models) -> None:
    """And costs a miss."""
    empty = Seen(torch.empty(0), "apple", "dog", False, False)
    answers = Rule(models).answers([empty], Bounds(0.0, 0.0))
    assert answers == Answers((False,), (False,)) and answers.cost == 1
