"""What rows come to: means with 95 % intervals, and what they differ from the first method's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from text_replace_engine.lab.benchmark.metric import SHARE, Better, Metric
from text_replace_engine.lab.benchmark.results.outcome import Outcome
from text_replace_engine.lab.estimates import Estimate, mean, share
from text_replace_wire.errors import NotFound

#: Shares, 0 to 1: of all cases, and of those that did not fail.
FAILED = Metric("failed", "failed", Better.LOWER, SHARE)
NOT_FOUND = Metric("not_found", "not found", Better.LOWER, SHARE, note="Of the cases that did not fail.")
#: With fewer pairs even a sign test, all differences to one side, is not sure at 5 %.
FEWEST_PAIRS = 6

Outcomes = Mapping[str, Sequence[Outcome]]


@dataclass(frozen=True)
class Figure:
    """The mean of a metric over a method's cases. against: the method from whose values, in the same cases, the mean
    difference is; empty: none. category: the cases it is of; empty: all.
    """

    method: str
    metric: Metric
    estimate: Estimate
    category: str = ""
    against: str = ""

    @property
    def is_clear(self) -> bool:
        """Of a difference: whether its interval excludes 0, and it is of enough cases for that to say something."""
        return self.estimate.count >= FEWEST_PAIRS and (self.estimate.low > 0 or self.estimate.high < 0)

    @property
    def verdict(self) -> str:
        """Of a difference that is clear: “better”, “worse”, or where neither is, “higher”, “lower”; else empty."""
        if not self.is_clear:
            return ""
        higher = self.estimate.value > 0
        if self.metric.better is Better.NEITHER:
            return "higher" if higher else "lower"
        return "better" if higher == (self.metric.better is Better.HIGHER) else "worse"


def figures(methods: Outcomes, metrics: Sequence[Metric], categories: Mapping[str, str]) -> tuple[Figure, ...]:
    """Of each method, and of each but the first against that; of all cases, then of each category where there are
    several. What was measured in no case is left out. methods: by name. categories: by the case's id.
    """
    named = sorted({name for name in categories.values() if name})
    several = named if len(named) > 1 else []
    found = list(_of_cases(methods, metrics, ""))
    for category in several:
        inside = {
            name: [outcome for outcome in outcomes if categories.get(outcome.id) == category]
            for name, outcomes in methods.items()
        }
        found += _of_cases(inside, metrics, category)
    return tuple(found)


def _of_cases(methods: Outcomes, metrics: Sequence[Metric], category: str) -> Iterator[Figure]:
    first, *_ = methods
    for metric in (FAILED, NOT_FOUND, *metrics):
        by_method = {name: _values(outcomes, metric) for name, outcomes in methods.items()}
        for name, values in by_method.items():
            if values:
                numbers = list(values.values())
                estimate = share([number > 0 for number in numbers]) if metric.unit == SHARE else mean(numbers)
                yield Figure(name, metric, estimate, category)
        for name, values in by_method.items():
            # Cases are drawn with both methods' values: the paired bootstrap.
            pairs = [values[case] - number for case, number in by_method[first].items() if case in values]
            if name != first and pairs:
                yield Figure(name, metric, mean(pairs), category, first)


def _values(outcomes: Sequence[Outcome], metric: Metric) -> dict[str, float]:
    """By the case's id."""
    if metric is FAILED:
        return {outcome.id: float(_failed(outcome)) for outcome in outcomes}
    if metric is NOT_FOUND:
        return {outcome.id: float(bool(outcome.failure)) for outcome in outcomes if not _failed(outcome)}
    found = ((outcome.id, outcome.values.get(metric.key)) for outcome in outcomes)
    return {case: value for case, value in found if value is not None}


def _failed(outcome: Outcome) -> bool:
    return bool(outcome.failure) and outcome.kind != NotFound.kind
