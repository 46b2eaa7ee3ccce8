"""The second judge is as sure as it is right."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from text_replace_engine.lab.reader import Reader, build_reader, fitted_temperature
from text_replace_engine.lab.train.reader import reliability

NAMES = [f"name {number}" for number in range(3)]


def answers(temperature: float) -> tuple[Tensor, Tensor]:
    """Logits of 4,000 crops that are too large by a factor, and labels that are drawn as they should say."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(4000, 4, generator=generator) * 2
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
    return logits * temperature, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_makes_it_as_sure_as_it_is_right(temperature: float) -> None:
    """A network that is too sure, or not sure enough, is brought back."""
    logits, labels = answers(temperature)
    assert fitted_temperature(logits, labels) == pytest.approx(temperature, rel=0.1)


def test_reliability_counts_every_crop_once() -> None:
    """In every bin: how sure, how often right, how many."""
    torch.manual_seed(0)
    config = {"names": NAMES, "size": 16, "widths": [8, 8], "temperature": 2.0}
    reader = Reader(build_reader(config).eval(), config)
    pictures = torch.rand(20, 3, 16, 16)
    with torch.no_grad():
        labels = reader.probabilities(pictures).argmax(1)
    bins = reliability(reader, pictures, labels)
    assert sum(count for *_, count in bins) == 20
    assert all(right == 1 and 0.25 <= sure <= 1 for sure, right, _ in bins)
