"""The committed models on the committed pictures: what `text-replace evaluate --quick` measures."""

from __future__ import annotations

import pytest
import torch

from text_replace_engine.lab.evaluate.judge import Judge
from text_replace_engine.lab.evaluate.material import QuickMaterial
from text_replace_engine.lab.evaluate.measure import Counts, Measurement, measure
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.bundle import load_models
from text_replace_engine.pipeline import Pipeline

#: What version 0 had to reach; the bars of the finished models are in the table that `evaluate` prints.
FLOORS = {"right object": 0.85, "mean IoU": 0.75, "honest not found": 0.80}


@pytest.mark.slow
def test_quick_suite_holds() -> None:
    """The right object, its mask and honesty do not fall behind version 0, and no pixel outside a region changes."""
    judge, models = Judge(), load_models("starter", torch.device("cpu"), torch.float32)
    what = Measurement(
        "quick", LocalEngine(Pipeline()), models, judge, QuickMaterial(judge.names), Counts(20, 12, 0, 0)
    )
    figures = {each.name: each for each in measure(what, None, lambda *_: None, lambda: False)}
    print("\n".join(f"{name}: {each.estimate.value:.3f} {each.needs} {each.passed}" for name, each in figures.items()))
    missed = {name: figures[name] for name, floor in FLOORS.items() if figures[name].estimate.value < floor}
    assert missed == {}
    assert figures["pixels changed outside"].passed
