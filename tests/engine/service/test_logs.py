"""What the engine leaves on the disk: readable for its user only, and all of the engine's."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.engine.service.conftest import command
from text_replace_engine.serving import lifecycle
from text_replace_wire import launch, paths


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """What most systems have: everybody may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def engine_log(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """This process logs as an engine does, to files of 200 bytes."""
    ours = logging.getLogger("text_replace_engine")
    monkeypatch.setattr(ours, "propagate", ours.propagate)
    monkeypatch.setattr(ours, "handlers", [])
    monkeypatch.setattr(ours, "level", ours.level)
    monkeypatch.setattr(lifecycle, "_LOG_BYTES", 200)
    lifecycle._log_to_file()
    yield ours
    for handler in ours.handlers:
        handler.close()


def rights(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in (folder, *folder.iterdir())}


def test_logs_of_a_started_engine_are_private(home: Path) -> None:
    """What the engine prints, and its log, are for its user only, and so is their folder."""
    paths.make_private(home)
    paths.engine_command_file().write_text(json.dumps(command()))
    with launch.ensure_engine() as link:
        process = psutil.Process(link.endpoint.pid)
    process.kill()
    process.wait(30)
    assert rights(home / "log") == {"log": 0o700, launch.OUTPUT_NAME: 0o600, "engine.log": 0o600}


def test_every_page_of_a_full_log_is_private(engine_log: logging.Logger, home: Path) -> None:
    """A log that is full makes place for a new file, which is as private."""
    for number in range(20):
        engine_log.warning("Something that fills the log, for the %d. time", number)
    pages = {"engine.log", "engine.log.1", "engine.log.2", "engine.log.3"}
    assert rights(home / "log") == {"log": 0o700} | dict.fromkeys(pages, 0o600)


def test_every_part_of_the_engine_writes_into_its_log(engine_log: logging.Logger, home: Path) -> None:
    """What the pipeline says is in the same log as what the server says."""
    for part in ("pipeline", "serving.jobs"):
        logging.getLogger(f"text_replace_engine.{part}").warning("from %s", part)
    text = "".join(page.read_text() for page in (home / "log").iterdir())
    assert "from pipeline" in text and "from serving.jobs" in text
