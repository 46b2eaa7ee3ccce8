"""The photo set in real GIMPs, with small networks that were pulled from a hub on this machine: it finds, paints and
removes in images of every mode, in an engine that the GIMP starts.
"""

from __future__ import annotations

import contextlib
import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import exiftool
from tests.engine.models import small_photo_set
from tests.gimp import engines, icc, screens
from tests.gimp.conftest import KINDS, PICTURE, VERSIONS
from tests.gimp.gimps import Gimp, run_scenario
from tests.gimp.inside.kinds import MODES
from tests.gimp.inside.photo import WORD, rows
from tests.gimp.rows import Row, check_new_layer, check_nothing_but_the_new_layer, check_outside

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

#: The one mode of the default suite, by GIMP.
ONE = {"2.10": "u8 non-linear", "3.0": "u16 perceptual", "3.2": "float linear"}
NAMES = {"phrase": f"cat (was {WORD})", "region": f"cat (was {WORD})", "removed": f"removed (was {WORD})"}
TAG = re.compile(r'<tag name="Xmp\.iptcExt\.(\w+)">([^<]*)</tag>')
MARK = {
    "DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
    "AISystemUsed": "Text Replace",
}


@pytest.fixture(scope="session")
def photo_cache(root: Path) -> Path:
    """The cache folder with the photo set, where every GIMP sees it; not to be changed."""
    return small_photo_set.pull(root / "photo")


@pytest.fixture(scope="session")
def photo_home(root: Path, photo_cache: Path) -> Iterator[Path]:
    """The state folder of an engine with the photo set, which the first GIMP that needs it starts."""
    with startable(root / "photo-state", photo_cache) as home:
        yield home


@contextlib.contextmanager
def startable(home: Path, cache: Path) -> Iterator[Path]:
    """A new state folder that says how to start an engine with what is in the cache folder."""
    home.mkdir()
    (home / "engine-command.json").write_text(json.dumps(engines.command(cache=cache)))
    try:
        yield home
    finally:
        engines.end(home)


def photo_modes(gimp: Gimp, home: Path, name: str, modes: list[str]) -> dict[str, Any]:
    """What a GIMP left that did all that the set can do in these modes. name: of the folder with what it left."""
    profiles = gimp.folder / f"{name}-profiles"
    icc.write_all(profiles)
    if not gimp.has_python:
        engines.start(home)
    return run_scenario(gimp, "photo_modes", home, folder=name, modes=modes, profiles=profiles)


def check(results: dict[str, Any], gimp: Gimp, modes: list[str]) -> None:
    """In every mode, for all that was done."""
    for kind in MODES:
        if kind.name not in modes or gimp.name not in kind.versions:
            continue
        for way, image in rows(kind).items():
            result = results[kind.name][way]
            assert result["status"] == "success", (kind.name, way, result["message"])
            row = Row(image, result["before"], result["after"])
            check_nothing_but_the_new_layer(row)
            check_outside(row)
            check_new_layer(row)
            check_mask(row, way)
            assert row.after["new"]["name"] == NAMES[way]
            assert not TAG.findall(row.before["metadata"])
            told = {name: html.unescape(value) for name, value in TAG.findall(row.after["metadata"])}
            assert told == MARK and WORD not in row.after["metadata"]


def check_mask(row: Row, way: str) -> None:
    """The new layer's alpha is the selection times what the source had, which is what was selected, where that was to
    be the region, and never more.
    """
    selection = row.selection(row.after)
    own = row.pixels8(row.before, row.source)[..., -1].astype(np.int32) if row.kind.alpha else 255
    alpha = row.pixels8(row.after, row.after["new"])[..., -1]
    assert np.array_equal(alpha, np.rint(selection * own / 255))
    selected = row.selection(row.before)
    assert (selection <= selected).all() and (way == "phrase" or np.array_equal(selection, selected))


def test_the_photo_set_in_one_mode(gimp: Gimp, photo_home: Path) -> None:
    """It finds a phrase, paints in what was selected, and removes: each time a new layer over a picture that stays the
    same to the bit, its alpha and the selection the region, and the image marked.
    """
    modes = [ONE[gimp.name]]
    check(photo_modes(gimp, photo_home, "photo-one", modes), gimp, modes)


@pytest.mark.thorough
def test_the_photo_set_in_every_mode(gimp: Gimp, photo_cache: Path) -> None:
    """The same in RGB and grey, with and without alpha, of every depth and encoding, and with profiles; every GIMP
    starts an engine of its own.
    """
    modes = [kind.name for kind in MODES if gimp.name in kind.versions]
    with startable(gimp.folder / "photo-all-state", photo_cache) as home:
        check(photo_modes(gimp, home, "photo-all", modes), gimp, modes)


@pytest.mark.thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_a_user_removes_and_replaces(version: str, root: Path, photo_home: Path) -> None:
    """In the windows, where “auto” means the photo models: one undo takes a new layer back, and the image's mark."""
    gimp = KINDS[version](root / f"photo-screen-{version}", False)
    picture = gimp.folder / "picture.png"
    shutil.copy(PICTURE, picture)
    if not gimp.has_python:
        engines.start(photo_home)
    marked = {}

    def look(name: str) -> None:
        (marked[name],) = exiftool.source_types([picture])

    screens.drive(gimp, picture, photo_home, "onscreen_photo.py", look)
    assert (marked["30-removed"], marked["31-undone"]) == (MARK["DigitalSourceType"], None)


@pytest.mark.thorough
def test_lama_removes(gimp: Gimp, photo_cache: Path, root: Path) -> None:
    """Where LaMa was imported, that removes."""
    modes = [ONE[gimp.name]]
    folder = root / f"eraser-{gimp.name}"
    folder.mkdir()
    with startable(folder / "state", small_photo_set.with_eraser(photo_cache, folder)) as home:
        check(photo_modes(gimp, home, "photo-eraser", modes), gimp, modes)
