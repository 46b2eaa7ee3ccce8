"""A model set in a package of its own, found by its entry point: the seams for another finder and another painter hold,
through real sockets, without a line of the engine knowing of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import toy
from tests.conftest import CLONE, running_engine

pytestmark = pytest.mark.slow

#: Runs a module of Python (else the command line) with the given arguments.
Run = Callable[..., "subprocess.CompletedProcess[str]"]
_LIST = "from text_replace_wire.link import Link; print([entry.id for entry in Link.connect().model_sets().sets])"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs `text-replace` beside an engine that has the toy set."""
    folder = tmp_path_factory.mktemp("toy")
    sources = [toy.installed(folder), CLONE / "engine", CLONE / "plugin" / "text-replace", CLONE]
    environment = {
        **os.environ,
        "TEXT_REPLACE_HOME": str(folder / "state"),
        "PYTHONPATH": os.pathsep.join(map(str, sources)),
    }

    def invoke(*words: object, python: tuple[str, ...] = ("-m", "text_replace_engine")) -> Any:
        command = [sys.executable, *python, *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    with running_engine(folder / "engine.log", environment):
        yield invoke


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A red square and a blue one on grey."""
    pixels = np.full((60, 100, 3), 128, np.uint8)
    pixels[20:40, 20:40], pixels[20:40, 60:80] = (255, 0, 0), (0, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    return tmp_path / "in.png"


def test_edit_with_the_toy_set(run: Run, picture: Path, tmp_path: Path) -> None:
    """Found by its colour, painted in another, the rest untouched; the report has the toy's own facts and no λ's."""
    options = ("--models", "toy", "--engine", "require", "--mask", tmp_path / "m.png", "--json", tmp_path / "r.json")
    words = ("--replace", "the red square", "--with", "green", "--seed", 1)
    ended = run("edit", picture, *words, "-o", tmp_path / "out.png", *options)
    assert ended.returncode == 0, ended.stderr
    before, after = (np.asarray(Image.open(path)) for path in (picture, tmp_path / "out.png"))
    mask = np.asarray(Image.open(tmp_path / "m.png"))
    assert (after[25:35, 25:35] == (0, 255, 0)).all() and (mask[25:35, 25:35] == 255).all()
    assert np.array_equal(after[mask == 0], before[mask == 0]) and (after[20:40, 60:80] == (0, 0, 255)).all()
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["models"] == [{"role": "finder", "name": "toy/colours", "sha256": "0" * 64}]
    assert report["samples"] == [{"seed": 1, "colour": 1.0}]
    assert not {"lambda_clip", "losses", "steps", "strength", "cutouts", "checkpointing"} & set(report)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--replace", "red", "--with", "an orange"), 2, "cannot paint “orange”; they know red, green, blue"),
        (("--replace", "red", "--with", "green", "--strength", 0.5), 2, "no strength of the toy painter"),
        (("--replace", "red", "--with", "green", "--preset", "paper"), 2, "no paper of the toy painter"),
        (("--replace", "green", "--with", "green"), 3, "and saw red, blue"),
    ],
)
def test_refusals_name_the_toy(
    run: Run, picture: Path, tmp_path: Path, words: tuple[object, ...], code: int, sentence: str
) -> None:
    """What another painter does not take is refused in its own words, before anything is painted."""
    ended = run("edit", picture, *words, "-o", tmp_path / "out.png", "--models", "toy")
    assert (ended.returncode, sentence in ended.stderr) == (code, True), ended.stderr
    assert not (tmp_path / "out.png").exists()


def test_clients_hear_of_it(run: Run, picture: Path) -> None:
    """The engine tells over the wire which sets there are; one that there is not is named with those that there are."""
    assert run(python=("-c", _LIST)).stdout.strip() == "['photo', 'full', 'starter', 'toy']"
    ended = run("segment", picture, "--replace", "red", "--models", "pastel")
    assert ended.returncode == 2 and "choose one of auto, photo, full, starter, toy" in ended.stderr
