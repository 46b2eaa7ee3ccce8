"""A model set of another package in real GIMPs: chosen by its id, found and painted by its own finder and painter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import toy
from tests.gimp import engines
from tests.gimp.gimps import Gimp, run_scenario

pytestmark = [pytest.mark.gimp, pytest.mark.slow]


@pytest.fixture(scope="session")
def home(root: Path) -> Any:
    """The state folder of a real engine that has the toy set."""
    folder = root / "toy"
    folder.mkdir()
    site = toy.installed(folder)
    with engines.running(folder / "state", site):
        yield folder / "state"


@pytest.fixture(scope="session")
def results(gimp: Gimp, home: Path) -> dict[str, Any]:
    """What one GIMP process left."""
    pixels = np.full((60, 100, 3), 128, np.uint8)
    pixels[20:40, 20:40] = (255, 0, 0)
    picture = gimp.folder / "square.png"
    Image.fromarray(pixels).save(picture)
    return run_scenario(gimp, "toy_set", home, picture=picture)


def test_the_toy_paints_in_gimp(results: dict[str, Any]) -> None:
    """One new layer in the toy's colour above the untouched picture, named by the prompts."""
    case = results["toy"]
    assert (case["status"], case["message"]) == ("success", "")
    new, source = case["after"]["layers"]
    assert new["name"] == case["returned"] == "green (was red)"
    painted = np.fromfile(new["pixels"], np.uint8).reshape(60, 100, 4)
    assert (painted[25:35, 25:35] == (0, 255, 0, 255)).all() and not painted[:10, :, 3].any()
    assert np.fromfile(source["pixels"], np.uint8).reshape(60, 100, -1)[30, 30, :3].tolist() == [255, 0, 0]


def test_an_unknown_set_is_said(results: dict[str, Any]) -> None:
    """A stored or scripted id that no engine knows gets a sentence with those that there are; nothing is changed."""
    case = results["unknown"]
    assert case["status"] == "error"
    assert "There are no models “pastel” here: choose one of auto, photo, full, starter, toy." in case["message"]
    assert [layer["name"] for layer in case["after"]["layers"]] == [layer["name"] for layer in case["before"]["layers"]]
