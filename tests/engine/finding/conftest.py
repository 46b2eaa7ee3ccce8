"""Oracles, and what they need of a snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.models import small_photo


@pytest.fixture(scope="session")
def detector_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small detector's, for its tokenizer."""
    folder = tmp_path_factory.mktemp("detector")
    small_photo.write_detector(folder)
    return folder
