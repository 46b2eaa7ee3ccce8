"""Asks the detector of style: is it mistaken about scenes, however worn, and does it tell other styles?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from text_replace_engine.lab.evaluate.cases import Case
from text_replace_engine.lab.train.style import features, read
from text_replace_engine.lab.train.wear import KINDS, worn
from text_replace_engine.models.bundle import Models

_SEED = 7_000_000


@dataclass(frozen=True)
class WornScene:
    """By kind of wear, whether a scene is taken for another style."""

    mistaken: Mapping[str, bool]


@dataclass(frozen=True)
class OutsidePicture:
    """source: the folder that a picture in another style is in. told: whether it is told to be."""

    source: str
    told: bool


def ask_of_scene(models: Models, case: Case, index: int) -> WornScene:
    """A scene after every kind of wear, alone."""
    rng = np.random.default_rng((_SEED, index))
    return WornScene({kind: not _in_style(models, worn(rng, case.pixels, kind)) for kind in KINDS})


def ask_of_outside(models: Models, path: Path) -> OutsidePicture:
    """A picture file in another style."""
    return OutsidePicture(path.parent.name, not _in_style(models, read(path)))


def _in_style(models: Models, pixels: np.ndarray) -> bool:
    assert models.style is not None, "the starter models have one"
    return models.style.shows(features(models.segmenter, pixels))
