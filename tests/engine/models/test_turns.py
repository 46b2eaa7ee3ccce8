"""What two commands, or a command and the engine, do to models at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.models.conftest import go_on, quiet
from text_replace_engine.models.fetching.pulling import PullPlan
from text_replace_engine.models.fetching.turns import alone
from text_replace_engine.models.importing import import_files
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_wire.errors import ModelError


@pytest.fixture
def photo(cache: Path) -> Path:
    """The folder of the photo models, with one file in it."""
    place = PHOTO.folder()
    place.mkdir(parents=True)
    (place / "detector.json").write_text("{}")
    return place


def test_models_are_changed_by_one_at_a_time(photo: Path) -> None:
    """While one pull runs, another one, an import or a removal touches nothing, and says what to wait for."""
    with alone():
        for change in (
            lambda: PHOTO.pull(PullPlan((), 0, 0), quiet, go_on),
            lambda: import_files(photo, quiet, go_on),
            PHOTO.remove,
        ):
            with pytest.raises(ModelError, match="wait until that has ended"):
                change()
    assert (photo / "detector.json").exists()
    assert PHOTO.remove() > 0 and not photo.exists()


def test_removing_nothing_leaves_nothing(cache: Path) -> None:
    """Where there never were models, their removal makes no folder."""
    assert PHOTO.remove() == 0 and not cache.parent.exists()
