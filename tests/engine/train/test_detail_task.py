"""The detail stage's training, with a small network and two drawings."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.engine.train.drawings import art
from text_replace_engine.lab.train import detail
from text_replace_engine.lab.train.pairs import unpacked
from text_replace_engine.tensors import blur

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


def test_the_object_counts_most(task: detail.DetailTask) -> None:
    """The object and its edge weigh alike, ground in the region less, for an edit has the picture's own there, and
    what lies outside the region hardly anything.
    """
    pairs = unpacked(task._pairs.batch(0, 2))
    regions, objects = torch.zeros_like(pairs.regions), torch.zeros_like(pairs.regions)
    regions[..., :48], objects[..., :24] = 1, 1
    pairs = replace(pairs, regions=regions, objects=objects)

    def error(columns: slice) -> float:
        drawn = pairs.pictures.clone()
        drawn[..., columns] += 0.5
        return float(detail._error(drawn, pairs))

    inside, edge, ground, outside = (error(slice(start, start + 3)) for start in (8, 22, 38, 56))
    assert inside == pytest.approx(edge, rel=0.1)
    assert ground == pytest.approx(detail.GROUND * inside, rel=0.1)
    assert outside < 0.05 * inside


def test_detail_is_missed_and_so_is_what_is_too_much(task: detail.DetailTask) -> None:
    """A blurred object and a grained one both lack what the right one has; the ground says nothing."""
    pairs = unpacked(task._pairs.batch(0, 2))
    objects = torch.zeros_like(pairs.regions)
    objects[..., 8:56, 8:56] = 1
    pictures = torch.rand(pairs.pictures.shape, generator=torch.Generator().manual_seed(2))
    pairs = replace(pairs, pictures=pictures, objects=objects)
    lacking = [float(detail._lacking(each, pairs)) for each in (pictures, blur(pictures, 2), 1.5 * pictures - 0.25)]
    assert lacking[0] < 1e-6 and min(lacking[1:]) > 0.1
    assert float(detail._lacking(torch.where(objects > 0, pictures, 0), pairs)) < 1e-6
