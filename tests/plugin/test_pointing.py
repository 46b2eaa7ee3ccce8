"""Pointing at an object in the preview: a click or a box, where that is in the layer, and what the list has of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin import fake_engine
from tests.plugin.fake_host import FakeDisplay, FakeHost
from text_replace_plugin import i18n, recipe
from text_replace_plugin.pointing import Pointed, added, at, dragged, within
from text_replace_plugin.results import Job
from text_replace_plugin.session import Session
from text_replace_plugin.settings import check, to_search, values
from text_replace_wire.errors import BadSelection
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Edit, Find, Found
from text_replace_wire.planes import Plane
from text_replace_wire.where import chosen

SHOWN = (440, 220)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds another's engine."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    yield


def test_a_short_move_is_a_click() -> None:
    """A hand that shakes draws no box; four pixels in one direction are one."""
    assert dragged((100, 50), (100, 50), SHOWN) is None
    assert dragged((100, 50), (103, 47), SHOWN) is None
    assert dragged((100, 50), (104, 50), SHOWN) == Box(100, 50, 105, 51)


def test_a_box_may_be_drawn_from_every_corner_and_over_the_edge() -> None:
    """The same box whatever corner it began at; what is outside the preview does not count."""
    corners = [((100, 50), (139, 69)), ((139, 69), (100, 50)), ((139, 50), (100, 69)), ((100, 69), (139, 50))]
    assert {dragged(start, end, SHOWN) for start, end in corners} == {Box(100, 50, 140, 70)}
    assert dragged((400, 200), (900, 900), SHOWN) == Box(400, 200, 440, 220)
    assert dragged((30, 20), (-9, -9), SHOWN) == Box(0, 0, 31, 21)


@pytest.mark.parametrize("layer", [(4400, 2200), (440, 220), (44, 22), (4397, 2199), (1, 1), (12000, 6000)])
def test_places_are_the_layer_s_pixels(layer: tuple[int, int]) -> None:
    """Every pixel of the preview is the one of the layer under its middle, never one outside; a box covers its own."""
    for place in ((0, 0), (17, 203), (439, 219)):
        (point,) = at(place, SHOWN, layer).points
        assert all(0 <= part < side for part, side in zip(point, layer, strict=True))
        assert all(
            abs((part + 0.5) / side - (pixel + 0.5) / small) <= max(0.5 / side, 0.5 / small) + 1e-9
            for part, side, pixel, small in zip(point, layer, place, SHOWN, strict=True)
        )
    box = within(Box(110, 22, 330, 110), SHOWN, layer).box
    assert box is not None and box == box.clipped(layer)
    assert box.x0 <= layer[0] / 4 and box.x1 >= layer[0] * 3 / 4 - 1e-6
    assert box.y0 <= layer[1] / 10 + 1e-6 and box.y1 >= layer[1] / 2 - 1e-6


def test_the_new_candidate_has_the_next_rank() -> None:
    """What was found stays as it is, and so does the engine's choice among it; without it the new one is all."""
    asked = Find("apple", Plane(8, 8, 1, bytes(64)), (8, 8))
    old, new = fake_engine.found_middle(asked), fake_engine.found_middle(dataclasses.replace(asked, replace="pear"))
    assert added(None, new) == (new, 1)
    both, rank = added(old, new)
    assert rank == 2 and both.candidates[0] == old.candidates[0] and both.chosen == old.chosen
    assert (both.candidates[1].rank, both.candidates[1].label) == (2, "pear")
    assert added(Found((), (), "nothing"), new)[1] == 0


def test_the_engine_is_asked_what_is_there() -> None:
    """Points and box are in the request, in the layer's pixels, with all that a search has; the image is left alone."""
    host = FakeHost(Plane(40, 24, 3, bytes(40 * 24 * 3)), Plane(40, 24, 1, b"\xff" * 960))
    with fake_engine.running() as engine:
        session = Session(host, FakeDisplay())
        asked = to_search(replace="object", models="toy")
        session.find(asked, Pointed(points=((7, 5), (30, 2))))
        session.find(asked, Pointed(box=Box(3, 4, 9, 20)))
    first, second = [message for message in engine.seen if isinstance(message, Find)]
    assert (first.points, first.box, first.models) == (((7, 5), (30, 2)), None, "toy")
    assert (second.points, second.box) == ((), Box(3, 4, 9, 20))
    assert first.selection is not None and host.changes == []


def test_a_place_that_the_layer_no_longer_has() -> None:
    """A layer that became smaller meanwhile gets a sentence, before the engine is asked."""
    host = FakeHost(Plane(40, 24, 3, bytes(40 * 24 * 3)))
    with fake_engine.running() as engine, pytest.raises(BadSelection, match="outside"):
        Session(host, FakeDisplay()).find(to_search(replace="object"), Pointed(points=((40, 5),)))
    assert not any(isinstance(message, Find) for message in engine.seen)


def test_what_nobody_named_is_called_in_english_by_the_models_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """FLUX.2 klein follows the English word; the dialog, then and in Edit Again, and the layer have the user's."""
    monkeypatch.setattr(i18n, "_catalogue", i18n.catalogue(i18n.FOLDER, ["de"]))
    host = FakeHost(Plane(40, 24, 3, bytes(40 * 24 * 3)))
    asked = check(replace="Objekt", with_="Tasse", seed=5, models="starter")
    with fake_engine.running() as engine:
        session = Session(host, FakeDisplay())
        where = chosen(session.find(asked, Pointed(points=((7, 5),))))
        session.apply(session.paint([Job(asked, where)]))
    find, edit = [message for message in engine.seen if isinstance(message, (Find, Edit))]
    assert (find.replace, edit.replace, edit.with_) == ("object", "object", "Tasse")
    assert host.inserted is not None and host.inserted.name == "Tasse (was Objekt)"
    assert values(asked)["replace"] == "Objekt"


def test_what_was_clicked_is_painted_and_recorded() -> None:
    """A clicked candidate is picked by its rank like any other, and Edit Again finds its mask in the recipe."""
    host = FakeHost(Plane(40, 24, 3, bytes(40 * 24 * 3)))
    asked = check(replace="object", with_="orange", seed=5, models="starter")
    with fake_engine.running():
        session = Session(host, FakeDisplay())
        found, _ = added(None, session.find(asked))
        found, rank = added(found, session.find(asked, Pointed(points=((7, 5),))))
        where = chosen(found, (rank,))
        session.apply(session.paint([Job(asked, where)]))
    assert host.inserted is not None and host.inserted.recipe is not None
    (read,) = recipe.read(host.inserted.recipe)
    assert (read.where.mask, read.where.picked) == (where.mask, (rank,))
