"""Property tests run beside trainings and GIMPs: no example is late, and there are not too many."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("wire", deadline=None, max_examples=50)
settings.load_profile("wire")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder for one test; it does not exist yet."""
    folder = tmp_path / "state"
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(folder))
    return folder
