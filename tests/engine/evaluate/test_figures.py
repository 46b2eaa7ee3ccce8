"""From rows to a table: failures count, bars decide, and an interrupted run goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from text_replace_engine.lab.classifier import FEATURES
from text_replace_engine.lab.evaluate.ablations import VARIANTS, Ablated
from text_replace_engine.lab.evaluate.edits import JudgedEdit
from text_replace_engine.lab.evaluate.figures import Bar, Figure, of_ablations, of_best, of_edits, of_weights
from text_replace_engine.lab.evaluate.results import Results
from text_replace_engine.models.files import STARTER
from text_replace_wire.errors import UserError

MODELS = [{"role": "clip", "sha256": "a"}]


def edit(probability: float, found: bool = True, **more: object) -> JudgedEdit:
    whole = {"replace": "apple", "with_": "cat", "grey": False, "found": found, "probability": probability, **more}
    return JudgedEdit(**whole)  # type: ignore[arg-type]


def figures_of(rows: list[JudgedEdit]) -> dict[str, Figure]:
    none = np.zeros((0, FEATURES), np.float32)
    return {figure.name: figure for figure in of_edits(rows, lambda: (none, none))}


def test_object_that_was_not_found_is_an_edit_that_failed() -> None:
    """End to end means end to end: the user asked for a cat and got none."""
    found = figures_of([edit(0.9), edit(0.5), edit(0.0, found=False), edit(0.49)])
    assert found["recognised, standard"].estimate.value == 0.5
    assert found["recognised, of those found"].estimate.value == pytest.approx(2 / 3)
    assert found["recognised, standard"].passed is False


def test_first_edit_is_not_warm() -> None:
    """Loading the models is no part of a warm edit's seconds."""
    found = figures_of([edit(1, seconds=60.0), edit(1, seconds=5.0), edit(1, seconds=6.0)])
    assert found["warm standard edit, seconds"].estimate.value == 5.5


def test_one_changed_pixel_misses_the_bar() -> None:
    """Pixels outside the edit region are never touched."""
    assert figures_of([edit(1), edit(1)])["pixels changed outside"].passed
    assert not figures_of([edit(1), edit(1, changed=1)])["pixels changed outside"].passed


def test_second_judge_is_held_against_real_objects_in_the_same_place() -> None:
    """Of what it knows when it is real, not of all: one that it does not know even then says nothing of paintings."""
    read = [(0.9, 0.9), (0.6, 0.8), (0.4, 0.7), (0.2, 0.3)] * 2
    found = figures_of([edit(1, read=pair) for pair in read])
    assert found["second judge, edits : real, colour"].estimate.value == pytest.approx(2 / 3)
    assert "second judge, edits : real, grey" not in found


def test_crispness_is_that_of_the_middle_case() -> None:
    """One mosaic among soft paintings does not make them crisp; grounds with a pattern have a bar of their own."""
    rows = [edit(1, strengths=pair, widths=(6.0, 3.0)) for pair in ((50.0, 100.0), (60.0, 100.0), (900.0, 100.0))]
    rows += [edit(1, ground=(2.0, False)), edit(1, ground=(9.0, True)), edit(1)]
    found = figures_of(rows)
    assert found["edge strength, after : before"].estimate.value == pytest.approx(0.6)
    assert found["edge width, edits : real"].estimate.value == 2
    assert found["ground error, plain, 8-bit steps"].passed is True
    assert found["ground error, patterned, 8-bit steps"].passed is False


def test_best_of_four_may_miss_one_in_sixty() -> None:
    """59 of 60 pass, 58 do not."""
    assert of_best([edit(1)] * 59 + [edit(0)])[0].passed
    assert not of_best([edit(1)] * 58 + [edit(0)] * 2)[0].passed


def test_loss_earns_its_place_only_outside_the_interval() -> None:
    """A quantity that rises in every pair passes; one that rises and falls at random does not."""

    def row(rise: float) -> dict[str, Ablated]:
        return {name: Ablated(0.3 + (rise if name == "λ_clip" else 0), 0.1, 0.1, 0.9) for name in VARIANTS}

    always = {figure.name: figure for figure in of_ablations([row(0.05 + 0.01 * (k % 3)) for k in range(20)])}
    sometimes = {figure.name: figure for figure in of_ablations([row(0.05 * (-1) ** k) for k in range(20)])}
    name = "L_clip without λ_clip, rise"
    assert always[name].passed
    assert always[name].estimate.value == pytest.approx(0.06 / 0.3, rel=0.1)
    assert not sometimes[name].passed
    assert not always["L_l2 without λ_2, rise"].passed


def test_bars_hold_on_both_sides() -> None:
    """Too sharp misses as well as too soft."""
    bar = Bar(0.7, 1.3)
    assert [bar.met(value) for value in (0.69, 0.7, 1.3, 1.31)] == [False, True, True, False]
    assert [str(shown) for shown in (bar, Bar(least=0.9), Bar(most=3))] == ["0.7 – 1.3", "≥ 0.9", "≤ 3"]


def test_starter_weights_fit_their_limits() -> None:
    """40 MB together, 15 MiB each."""
    assert [figure.passed for figure in of_weights(STARTER)] == [True, True]


def test_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Rows on disk are kept for the same models and suite, and dropped for others."""
    path = tmp_path / "results.json"
    Results(path, "starter", MODELS).add("edits", 3, {"probability": 0.5})
    assert Results(path, "starter", MODELS).get("edits", 3) == {"probability": 0.5}
    assert Results(path, "starter", MODELS).get("edits", 4) is None
    assert Results(path, "quick", MODELS).get("edits", 3) is None
    assert Results(path, "starter", [{"role": "clip", "sha256": "b"}]).get("edits", 3) is None


def test_other_files_are_not_overwritten(tmp_path: Path) -> None:
    """A mistyped file name costs nobody a file."""
    precious = tmp_path / "precious.json"
    precious.write_text("[1, 2]")
    with pytest.raises(UserError):
        Results(precious, "starter", MODELS)
    assert precious.read_text() == "[1, 2]"
