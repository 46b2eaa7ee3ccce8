"""The committed models on the committed pictures: what `text-replace evaluate --quick` measures."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from text_replace_engine.lab.evaluate.edits import Judges
from text_replace_engine.lab.evaluate.judge import Judge
from text_replace_engine.lab.evaluate.material import QuickMaterial
from text_replace_engine.lab.evaluate.measure import Counts, Measurement, measure
from text_replace_engine.lab.evaluate.second_judge import SecondJudge
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.bundle import load_models
from text_replace_engine.pipeline import Pipeline

#: What the committed models reach, before one of the cases is taken off; the bars are in the table that `evaluate`
#: prints.
REACHED = {"right object": 1.0, "right object, labels hidden": 1.0, "mean IoU": 0.917, "honest not found": 1.0}


@pytest.mark.slow
@pytest.mark.parametrize(("scenes", "edits"), [(10, 2), pytest.param(20, 12, marks=pytest.mark.thorough)])
def test_quick_suite_holds(scenes: int, edits: int, tmp_path: Path) -> None:
    """Objects, masks, honesty and paintings stay as good as they are, and no pixel outside a region changes."""
    judge, models = Judge(), load_models("starter", torch.device("cpu"), torch.float32)
    judges, material = Judges(judge, SecondJudge(), {}), QuickMaterial(judge.names)
    what = Measurement("quick", LocalEngine(Pipeline()), models, judges, material, Counts(scenes, edits), tmp_path)
    figures = {figure.name: figure for figure in measure(what, None, lambda *_: None, lambda: False)}
    for name, figure in figures.items():
        print(f"{name}: {figure.estimate.value:.3f} {figure.needs} {figure.passed}")
    floors = {name: reached - 1 / scenes for name, reached in REACHED.items()}
    floors["recognised, standard"] = (edits - 1) / edits
    missed = {name: figures[name] for name, floor in floors.items() if figures[name].estimate.value < floor}
    assert missed == {}
    assert figures["pixels changed outside"].passed
