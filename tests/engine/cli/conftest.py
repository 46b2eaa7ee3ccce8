"""A fake engine, a picture, and the command line as a function."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.cli import app

SIZE = (96, 64)
CLONE = Path(__file__).resolve().parents[3]
#: $PYTHONPATH for programs that tests start.
SOURCES = os.pathsep.join(str(CLONE / each) for each in (".", "engine", "plugin/text-replace"))


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> type[FakeEngine]:
    """The fake engine, with nothing asked of it yet, and a state folder in which no engine runs."""
    monkeypatch.setattr(FakeEngine, "finds", [])
    monkeypatch.setattr(FakeEngine, "edits", [])
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path_factory.mktemp("home")))
    return FakeEngine


@pytest.fixture
def run(fake: type[FakeEngine]) -> Command:
    """Runs `text-replace` with the given arguments in this process."""

    def invoke(*arguments: object) -> Ended:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], obj=fake)
        return Ended(result.exit_code, result.stdout, result.stderr)

    return invoke


@pytest.fixture
def edit(run: Command, source: Path, tmp_path: Path) -> Command:
    """Runs `text-replace edit` of the source picture, apple to orange, with further options."""

    def invoke(*options: object, source: Path = source, replace: str = "apple", with_: str = "orange") -> Ended:
        out = () if "-o" in options else ("-o", tmp_path / "out.png")
        return run("edit", source, "--replace", replace, "--with", with_, *out, *options)

    return invoke


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A noisy RGB picture of SIZE."""
    path = tmp_path / "in.png"
    noise(3).save(path)
    return path


def noise(channels: int, size: tuple[int, int] = SIZE, seed: int = 0) -> Image.Image:
    """A picture of random pixels: 1 L, 2 LA, 3 RGB, 4 RGBA."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], channels), np.uint8)
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)


def report(path: Path) -> dict[str, Any]:
    """A REPORT."""
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
