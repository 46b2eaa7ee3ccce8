"""What rows come to, and how it is shown, by rows whose means are known."""

from __future__ import annotations

import csv
import io

import pytest

from text_replace_engine.lab.benchmark.metric import Better, Metric
from text_replace_engine.lab.benchmark.results.outcome import Outcome
from text_replace_engine.lab.benchmark.results.summary import FEWEST_PAIRS, Figure, figures
from text_replace_engine.lab.benchmark.results.tables import csv_file, print_tables, tables
from text_replace_wire.errors import NotFound, UserError

ERROR = Metric("error", "error", Better.LOWER, "%", 1, "By eye.")
AGREEMENT = Metric("agreement", "agreement", Better.HIGHER, note="By eye.\nBy ear.")
LENGTH = Metric("length", "length", Better.NEITHER)
METRICS = (ERROR, AGREEMENT, LENGTH)


def rows(errors: list[float | None], add: float = 0.0) -> list[Outcome]:
    """Cases 0, 1, …; agreement and length go with the error."""
    return [
        Outcome(str(case), dict.fromkeys(("error", "agreement", "length"), None if error is None else error + add))
        for case, error in enumerate(errors)
    ]


def one(found: tuple[Figure, ...], method: str, key: str, against: str = "", category: str = "") -> Figure:
    (figure,) = (
        figure
        for figure in found
        if (figure.method, figure.metric.key, figure.against, figure.category) == (method, key, against, category)
    )
    return figure


def test_mean_is_over_the_cases_that_have_a_value() -> None:
    """None says nothing of a case: it is neither 0 nor counted; what no case has is left out."""
    found = figures({"ours": rows([1.0, None, 3.0])}, (ERROR, Metric("other", "other", Better.LOWER)), {})
    estimate = one(found, "ours", "error").estimate
    assert (estimate.value, estimate.count) == (2.0, 2)
    assert estimate.low >= 1.0 and estimate.high <= 3.0
    assert not [figure for figure in found if figure.metric.key == "other"]


def test_what_is_not_found_is_no_failure() -> None:
    """An object that is honestly not found is a result of the method; a missing picture is none."""
    outcomes = [
        *rows([1.0, 2.0]),
        Outcome("2", failure="There is no cat.", kind=NotFound.kind),
        Outcome("3", failure="The file is missing.", kind=UserError.kind),
    ]
    found = figures({"ours": outcomes}, METRICS, {})
    failed, not_found = one(found, "ours", "failed").estimate, one(found, "ours", "not_found").estimate
    assert (failed.value, failed.count) == (0.25, 4)
    assert not_found.value == pytest.approx(1 / 3)
    assert not_found.count == 3


def test_difference_is_of_the_same_cases() -> None:
    """Case by case: a method that has only the hard cases is not the worse for it, and a difference that is the same in
    every case is sure, however much the cases differ.
    """
    found = figures(
        {"ours": rows([1.0, 50.0, 90.0, 7.0, 2.0, 30.0]), "theirs": rows([None, 50, 90, 7, 2, 30], 1.0)}, METRICS, {}
    )
    estimate = one(found, "theirs", "error", "ours").estimate
    assert (estimate.low, estimate.value, estimate.high, estimate.count) == pytest.approx((1, 1, 1, 5))


def test_verdict_needs_cases_and_an_interval_without_zero() -> None:
    """Better is what the metric says is better; five cases, or an interval around 0, say nothing."""
    enough = [float(case) for case in range(FEWEST_PAIRS)]

    def verdicts(ours: list[float | None], theirs: list[Outcome]) -> list[str]:
        found = figures({"ours": rows(ours), "theirs": theirs}, METRICS, {})
        return [one(found, "theirs", metric.key, "ours").verdict for metric in METRICS]

    assert verdicts([*enough], rows([*enough], -1.0)) == ["better", "worse", "lower"]
    assert verdicts([*enough], rows([*enough], 1.0)) == ["worse", "better", "higher"]
    assert verdicts([*enough[1:]], rows([*enough[1:]], 1.0)) == ["", "", ""]
    assert verdicts([1.0, 2.0] * 6, rows([2.0, 1.0] * 6)) == ["", "", ""]


def test_categories_only_where_there_are_several() -> None:
    """One category is all cases over again; of two each is summed up by itself."""
    outcomes = {"ours": rows([1.0, 2.0, 5.0])}
    assert not [each for each in figures(outcomes, METRICS, dict.fromkeys("012", "photos")) if each.category]
    found = figures(outcomes, METRICS, {"0": "photos", "1": "photos", "2": "drawings"})
    assert one(found, "ours", "error", category="photos").estimate.value == 1.5
    assert one(found, "ours", "error", category="drawings").estimate.count == 1


def test_tables_are_readable_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    """Methods side by side, what each number is, each note once; then the differences with their signs and verdicts;
    the terminal shows the same.
    """
    several = {str(case): "ab"[case % 2] for case in range(8)}
    found = figures({"ours": rows([1.0] * 8), "theirs": rows([3.0] * 8)}, METRICS, several)
    whole, against, *by_category = tables(found)
    assert whole.columns == ("", "ours", "theirs")
    assert ("error, % (2)", "1.0 [1.0, 1.0] n=8", "3.0 [3.0, 3.0] n=8") in whole.rows
    assert ("agreement (2, 3)", "1.000 [1.000, 1.000] n=8", "3.000 [3.000, 3.000] n=8") in whole.rows
    assert whole.note.count("By eye.") == 1 and "(2) By eye. (3) By ear." in whole.note
    assert ("error, %", "+2.0 [+2.0, +2.0] n=8", "worse") in against.rows
    assert [table.title for table in by_category] == ["a", "a: theirs against ours", "b", "b: theirs against ours"]
    print_tables([whole, against])
    shown = capsys.readouterr().out
    assert "theirs against ours" in shown and "3.0 [3.0, 3.0] n=8" in shown


def test_csv_has_numbers_in_full() -> None:
    """For programs: nothing rounded, whatever is in a name."""
    found = figures({"a, “b”": rows([1 / 3, 2 / 3])}, METRICS, {})
    lines = list(csv.DictReader(io.StringIO(csv_file(found).decode())))
    (line,) = (line for line in lines if line["metric"] == "error")
    assert (line["method"], line["better"], line["unit"], line["count"]) == ("a, “b”", "lower", "%", "2")
    assert float(line["mean"]) == pytest.approx(0.5, abs=1e-15)
    assert {"low", "high", "against", "category"} <= line.keys()
