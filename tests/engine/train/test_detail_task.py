"""The detail stage's training, with a small network and two drawings."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.engine.train.drawings import art
from text_replace_engine.lab.train import detail
from text_replace_engine.lab.train.pairs import unpacked

pytestmark = pytest.mark.slow
SIDE = 64


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> detail.DetailTask:
    """Two pairs a step."""
    small = {"SIZE": SIDE, "BATCH": 2, "CHUNK": 2, "FIRST": 2, "STORED": 4, "WINDOW": 32, "PHRASES": 2}
    for name, value in small.items():
        monkeypatch.setattr(detail, name, value)
    monkeypatch.setattr(detail, "RECIPE", replace(detail.RECIPE, size=SIDE))
    monkeypatch.setattr(detail, "CONFIG", {**detail.CONFIG, "size": SIDE, "widths": [32, 32, 64]})
    return detail.DetailTask(art(), seed=1)


def _gradients(task: detail.DetailTask, progress: float) -> dict[str, Tensor]:
    torch.manual_seed(0)
    network = task.network().train()
    # A fresh stage gives back what it was given, whatever it is taught.
    torch.nn.init.normal_(network.detail.network.conv_out.weight, 0, 0.1)  # type: ignore[union-attr, arg-type]
    task.loss(network, 0, progress).backward()  # type: ignore[no-untyped-call]
    return {name: weights.grad for name, weights in network.named_parameters() if weights.grad is not None}


def test_the_stage_and_its_discriminator_learn_each_their_own(
    task: detail.DetailTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The discriminator never learns to please, however much it has to say; at first it does not learn at all."""
    early, late = _gradients(task, 0.1), _gradients(task, 0.9)
    assert not any(name.startswith("discriminator") for name in early)
    monkeypatch.setattr(detail, "ADVERSARIAL", 10 * detail.ADVERSARIAL)
    louder = _gradients(task, 0.9)
    same = {name for name, gradient in late.items() if torch.allclose(gradient, louder[name], rtol=1e-3, atol=1e-7)}
    assert {name for name in late if name.startswith("discriminator")} <= same
    assert "detail.network.conv_out.weight" not in same


def test_a_region_counts_whatever_is_in_it(task: detail.DetailTask) -> None:
    """Ground beside the object weighs what the object weighs, and what lies outside the region hardly anything."""
    pairs = unpacked(task._pairs.batch(0, 2))
    regions = torch.zeros_like(pairs.regions)
    regions[..., :32] = 1
    pairs = replace(pairs, regions=regions)

    def error(columns: slice) -> float:
        drawn = pairs.pictures.clone()
        drawn[..., columns] += 0.5
        return float(detail._error(drawn, pairs))

    assert error(slice(4, 8)) == pytest.approx(error(slice(20, 24)), rel=1e-4)
    assert error(slice(50, 54)) < 0.05 * error(slice(4, 8))
