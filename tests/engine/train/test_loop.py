"""A training that was stopped and resumed ends where an uninterrupted one ends."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import torch
from PIL import Image
from torch import Tensor, nn

from text_replace_engine.lab.train.loop import Schedule, TrainingTask, fit


class Tiny(TrainingTask):
    """Fits a line through noise; asks to be stopped at the step `until`."""

    name = "tiny"
    steps = 30
    rates = (1e-2, 1e-3)

    def __init__(self, until: int | None = None) -> None:
        self.exported = 0
        self.stop = Event()
        self._until = until

    def network(self) -> nn.Module:
        """A layer with a running statistic."""
        return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Squared error on random points."""
        if step == self._until:
            self.stop.set()
        x = torch.randn(16, 4)
        return nn.functional.mse_loss(network(x)[:, 0], x.sum(1))

    def sheet(self, network: nn.Module) -> Image.Image:
        """One black pixel."""
        return Image.new("RGB", (1, 1))

    def export(self, network: nn.Module, folder: Path) -> None:
        """Counts."""
        self.exported += 1


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return network.state_dict()


def _trained(task: Tiny, steps: int, cache: Path, export: Path | None = None) -> nn.Module:
    return fit(task, Schedule(steps), cache, seed=3, export=export, stop=task.stop)


def test_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    """Weights, averages, optimizer and random numbers all go on exactly after a stop."""
    whole = _weights(_trained(Tiny(), 30, tmp_path / "a"))
    stopped = _weights(_trained(Tiny(until=13), 30, tmp_path / "b"))
    halves = _weights(_trained(Tiny(), 30, tmp_path / "b"))
    assert not all(torch.equal(whole[name], stopped[name]) for name in whole)
    assert all(torch.equal(whole[name], halves[name]) for name in whole)


def test_the_end_leaves_sheet_and_export(tmp_path: Path) -> None:
    """When training is over, the picture to look at and the weights to commit are there; after a stop they are not."""
    task, stopped = Tiny(), Tiny(until=2)
    _trained(task, 5, tmp_path / "a", export=tmp_path)
    _trained(stopped, 5, tmp_path / "b", export=tmp_path)
    assert (task.exported, stopped.exported) == (1, 0)
    assert list((tmp_path / "a" / "tiny").glob("sheet-*.png"))


def test_minutes_bound_the_training() -> None:
    """The schedule ends at the steps or at the minutes, whichever comes first."""
    schedule = Schedule(steps=100, minutes=2)
    assert schedule.progress(50, 0) == 0.5
    assert schedule.progress(10, 60) == 0.5
    assert schedule.progress(10, 600) == 1.0
