"""What the judge of edits is trained to tell apart."""

from __future__ import annotations

import numpy as np

from tests.engine.train.drawings import art
from text_replace_engine.lab.train.impostors import impostor, judged_crops, real_crop


def _car(rng: np.random.Generator) -> np.ndarray:
    return real_crop(rng, art(), "car", 64)


def _nothing(rng: np.random.Generator) -> np.ndarray:
    return impostor(rng, art(), 64)


def test_every_sample_depends_on_its_generator_alone() -> None:
    """A resumed training sees the same crops."""
    for make in (_car, _nothing):
        first, again, other = (make(np.random.default_rng(seed)) for seed in (3, 3, 4))
        assert first.shape == (64, 64, 3)
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


def test_two_fifths_of_the_samples_show_nothing() -> None:
    """ "Nothing" has the label after the last name."""
    compose = judged_crops(art(), 32)
    labels = [int(compose(np.random.default_rng(seed))[1]) for seed in range(300)]
    assert set(labels) == {0, 1, 2}
    assert 0.3 < labels.count(2) / 300 < 0.5


def test_real_crops_show_the_object() -> None:
    """A red apple leaves a red picture, whatever the wear, unless it is grey."""
    redder = [
        float((crop[16:48, 16:48, 0].astype(float) - crop[16:48, 16:48, 2]).mean())
        for crop in (real_crop(np.random.default_rng(seed), art(), "apple", 64) for seed in range(20))
    ]
    assert sum(value > 30 for value in redder) >= 15
