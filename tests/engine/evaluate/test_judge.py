"""The judge looks where it should, and what it is trained to reject is made as said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from text_replace_engine.lab.classifier import FEATURES, build_classifier
from text_replace_engine.lab.evaluate.judge import Judge
from text_replace_engine.lab.evaluate.material import SHEET, SHEET_ACROSS, QuickMaterial, read_sheet, write_sheet
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.store import write_role
from text_replace_engine.models.vocabulary import read_vocabulary

NAMES = read_vocabulary(STARTER / "vocabulary.json").names


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """One that has learnt nothing."""
    torch.manual_seed(0)
    config = {"names": list(NAMES), "size": 64, "widths": [8, 8, 8, 8]}
    write_role(tmp_path, "classifier", config, build_classifier(config).state_dict())
    return Judge(tmp_path)


def test_judge_sees_the_square_around_the_region_and_a_tenth(judge: Judge) -> None:
    """A change inside the square changes the features; one just outside of it does not."""
    pixels = np.random.default_rng(0).integers(0, 255, (300, 300, 3)).astype(np.uint8)
    region = np.zeros((300, 300), np.uint8)
    region[100:200, 130:170] = 255  # the square: 110 pixels, from 95 to 205
    before = judge.verdict(pixels, region)
    assert len(before.features) == FEATURES
    assert sum(before.probabilities.values()) < 1
    outside, inside = pixels.copy(), pixels.copy()
    outside[:93] = outside[207:] = outside[:, :93] = outside[:, 207:] = 0
    inside[96:104, 96:104] = 0
    assert judge.verdict(outside, region) == before
    assert judge.verdict(inside, region) != before


def test_sure_of_a_name_or_of_none(judge: Judge) -> None:
    """An untrained judge is sure of nothing, so it is never right and rejects everything."""
    crops, names = QuickMaterial(judge.names).known()
    assert not any(judge.right(crops[:4], names[:4]))
    assert judge.rejected(crops[:4]) == [True] * 4
    assert len(judge.rejected_when_pushed(crops[:4])) == 4


def test_committed_crops_are_real_real_and_nothing() -> None:
    """Three blocks with a crop for every name; a name's two crops are not the same picture."""
    material = QuickMaterial(NAMES)
    first, second = (material.real(block, "banana", 0, False) for block in (0, 1))
    assert first.shape == second.shape == (64, 64, 3)
    assert np.abs(first.astype(int) - second).mean() > 5
    assert len(read_sheet(SHEET, len(NAMES))) == 3


def test_sheet_gives_back_what_was_written(tmp_path: Path) -> None:
    """Blocks come back in order; JPEG costs a little."""
    blocks = [np.full((SHEET_ACROSS, 64, 64, 3), value, np.uint8) for value in (10, 120, 230)]
    write_sheet(tmp_path / "sheet.jpg", blocks)
    found = read_sheet(tmp_path / "sheet.jpg", SHEET_ACROSS)
    assert [int(block.mean().round()) for block in found] == [10, 120, 230]
