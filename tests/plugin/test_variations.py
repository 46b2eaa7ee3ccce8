"""Steps that a window drives, variations, “Keep this”, the user's own selection, and what the result carries."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugin import fake_engine
from tests.plugin.fake_engine import NEW_COLOUR, REGION, found_middle, painted, report_on
from tests.plugin.fake_host import FakeDisplay, FakeGroup, FakeHost
from text_replace_plugin import session
from text_replace_plugin.results import Job
from text_replace_plugin.session import Session
from text_replace_plugin.settings import Settings, check, to_search
from text_replace_wire.api import Edited
from text_replace_wire.errors import BadSelection, NotFound, UserError
from text_replace_wire.messages import Edit, Find, Found, MaskKind
from text_replace_wire.options import MAX_SEED
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane
from text_replace_wire.where import chosen

WIDTH, HEIGHT = 40, 24
PIXELS = Plane(WIDTH, HEIGHT, 4, bytes(range(240)) * (WIDTH * HEIGHT * 4 // 240))
SELECTION = Plane(
    WIDTH, HEIGHT, 1, bytes((x - 9) * 30 if 10 <= x < 18 and 5 <= y < 9 else 0 for y in range(24) for x in range(40))
)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds another's engine."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    yield


def asked(seed: int = 5, **more: Any) -> Settings:
    return check(replace="apple", with_="orange", seed=seed, preset="fast", models="starter", **more)


def edits(engine: fake_engine.FakeEngine) -> list[Edit]:
    return [message for message in engine.seen if isinstance(message, Edit)]


def reported(edited: Edited, report: Callable[[int], dict[str, Any]]) -> Edited:
    """With the report of each variation that `report` gives for its seed."""
    variations = [
        dataclasses.replace(variation, report=report(variation.report["seed"])) for variation in edited.variations
    ]
    return dataclasses.replace(edited, variations=tuple(variations))


def test_variations_are_a_group_best_first() -> None:
    """Seeds S, S+1, …; one group in one undo step; best first and alone visible, the seed in each name."""
    host = FakeHost(PIXELS)
    with fake_engine.running() as engine:
        applied = session.replace(host, FakeDisplay(), asked(seed=8, variations=4))
    assert [(edit.seed, edit.variations, edit.batch, edit.place) for edit in edits(engine)] == [(8, 4, None, None)]
    (group,) = host.added
    assert isinstance(group, FakeGroup) and group.name == "orange (was apple)"
    assert [layer.name for layer in group.layers] == [f"orange (was apple), seed {seed}" for seed in (9, 8, 11, 10)]
    assert [layer.visible for layer in group.layers] == [True, False, False, False]
    assert applied.layers == tuple(group.layers) and applied.scores == (0.9, 0.8, 0.1, 0.0)
    assert applied.group is group
    assert host.changes.count("undo_group_start") == host.changes.count("undo_group_end") == 1


def test_the_models_own_scorer_ranks() -> None:
    """What another scorer than CLIP finds best is on top, and its scores are returned."""

    def edit(request: Edit) -> Edited:
        return reported(
            painted(request), lambda seed: {**report_on(request, seed), "samples": [{"seed": seed, "taste": seed / 10}]}
        )

    with fake_engine.running(edit=edit):
        applied = session.replace(FakeHost(PIXELS), FakeDisplay(), asked(seed=5, variations=3))
    assert applied.scores == (0.7, 0.6, 0.5)
    assert [layer.name[-1] for layer in applied.layers] == ["7", "6", "5"]


def test_seeds_wrap() -> None:
    """After the last seed comes 0, in the layers' names as well."""
    host = FakeHost(PIXELS)
    with fake_engine.running():
        session.replace(host, FakeDisplay(), asked(seed=MAX_SEED, variations=2))
    (group,) = host.added
    assert isinstance(group, FakeGroup)
    assert [layer.name.split()[-1] for layer in group.layers] == [f"{MAX_SEED}", "0"]


@pytest.mark.parametrize("fail_in", ["insert_group", "insert", "select"])
def test_failure_takes_back_group_and_channel(fail_in: str) -> None:
    """Whatever GIMP refuses, no layer, group or channel is left."""
    host = FakeHost(PIXELS, SELECTION, fail_in=fail_in)
    with fake_engine.running(), pytest.raises(RuntimeError):
        session.replace(host, FakeDisplay(), asked(variations=3, keep_selection=True))
    assert (host.added, host.kept, host.selected, host.older_shown) == ([], [], None, True)
    assert host.changes[-1] == "undo_group_end"


def test_keep_ends_all_variations_with_what_there_is() -> None:
    """“Keep this” in the second of four: the first and what the second has become, and the recipe has the last step."""

    def edit(request: Edit) -> Edited:
        return reported(painted(request), lambda seed: report_on(request, seed, 3 if seed == 6 else None))

    host, display = FakeHost(PIXELS), FakeDisplay(keep_at="(2 of 4)")
    with fake_engine.running(edit=edit, kept_in=1):
        session.replace(host, display, asked(variations=4))
    (group,) = host.added
    assert isinstance(group, FakeGroup)
    recipes = [json.loads(layer.recipe or b"") for layer in group.layers]
    assert [(recipe["seed"], recipe["options"]["keep_at"]) for recipe in recipes] == [(6, 3), (5, None)]


def test_previews_reach_the_window() -> None:
    """What is being painted is shown with its place in the layer."""
    display = FakeDisplay()
    with fake_engine.running() as engine:
        session.replace(FakeHost(PIXELS), display, asked())
    assert display.previews == [(Plane(1, 1, 3, b"\1\2\3"), edits(engine)[0].box)]


def test_a_window_finds_picks_and_paints_twice() -> None:
    """Find, pick the union of two less a third, paint, paint again with other words, apply the second."""

    def find(request: Find) -> Found:
        (first,) = found_middle(request).candidates
        masks = [bytes([255, 255, 0, 0]), bytes([0, 255, 255, 0]), bytes([0, 0, 255, 0])]
        many = [
            dataclasses.replace(
                first, rank=rank, mask=dataclasses.replace(first.mask, data=mask * (WIDTH * HEIGHT // 4))
            )
            for rank, mask in enumerate(masks)
        ]
        return Found(tuple(many), (), "I looked for “apple” and saw nothing like it.")

    host = FakeHost(PIXELS)
    flow = Session(host, FakeDisplay())
    with fake_engine.running(find=find) as engine:
        found = flow.find(to_search(replace="apple"))
        with pytest.raises(NotFound):
            chosen(found)
        where = chosen(found, [0, 1], [2])
        flow.paint([Job(asked(), where)])
        results = flow.paint([Job(dataclasses.replace(asked(), with_="pear"), where)])
        assert host.changes == []
        flow.apply(results)
    assert [message.with_ for message in engine.seen if isinstance(message, Find)] == [None]
    assert [edit.with_ for edit in edits(engine)] == ["orange", "pear"]
    assert {edit.mask.data[:4] for edit in edits(engine)} == {bytes([255, 255, 0, 0])}
    assert host.inserted is not None and host.inserted.name == "pear (was apple)"


def test_the_selection_itself_is_replaced() -> None:
    """“Use my selection instead”: nothing is looked for, and the region is the selection to the byte."""
    host = FakeHost(PIXELS, SELECTION)
    with fake_engine.running() as engine:
        session.replace(host, FakeDisplay(), asked(use_selection=True))
    assert not any(isinstance(message, Find) for message in engine.seen)
    (edit,) = edits(engine)
    assert (edit.mask_kind, edit.selection) == (MaskKind.REGION, None)
    assert edit.mask == host.read_selection(edit.box, edit.box.size)
    assert edit.box.x0 < 10 and edit.box.x1 > 18, "the surroundings are sent as well"


@pytest.mark.parametrize("selection", [None, Plane(WIDTH, HEIGHT, 1, bytes(WIDTH * HEIGHT))])
def test_no_selection_to_use(selection: Plane | None) -> None:
    """Without a selection on the layer there is nothing to replace."""
    host = FakeHost(PIXELS, selection)
    with fake_engine.running(), pytest.raises(BadSelection, match="select what to replace"):
        session.replace(host, FakeDisplay(), asked(use_selection=True))
    assert host.changes == []


def test_old_selection_is_kept_when_asked() -> None:
    """As a channel whose name tells no prompt; not without a selection, and not unasked."""
    for selection, keep, kept in (
        (SELECTION, True, ["Selection before Text Replace"]),
        (SELECTION, False, []),
        (None, True, []),
    ):
        host = FakeHost(PIXELS, selection)
        with fake_engine.running():
            session.replace(host, FakeDisplay(), asked(keep_selection=keep))
        assert host.kept == kept


def test_result_as_a_layer_mask() -> None:
    """A whole layer with the source's alpha, cut out by a mask that is the edit region."""
    host = FakeHost(PIXELS)
    with fake_engine.running():
        session.replace(host, FakeDisplay(), asked(as_layer_mask=True))
    new = host.inserted
    assert new is not None and new.mask is not None
    assert set(new.mask.data) == {REGION} and new.mask.size == new.box.size
    assert new.pixels.data[3::4] == host.read(new.box, new.box.size).data[3::4]
    assert set(new.pixels.data[0::4]) == {NEW_COLOUR}


@pytest.mark.parametrize("variations", [1, 2])
def test_without_a_recipe_nothing_tells_the_prompts(variations: int) -> None:
    """No parasite, and no name in the image holds a word of the prompts."""
    host = FakeHost(PIXELS, SELECTION)
    with fake_engine.running():
        session.replace(host, FakeDisplay(), asked(record_recipe=False, variations=variations, keep_selection=True))
    (added,) = host.added
    layers = added.layers if isinstance(added, FakeGroup) else [added]
    assert all(layer.recipe is None for layer in layers)
    assert added.name == "Text Replace"
    names = [added.name, *host.kept, *(layer.name for layer in layers)]
    assert not any("apple" in name or "orange" in name for name in names)


def test_adjustments_reach_the_engine() -> None:
    """Strength, growth and feather; a growth has room in the box; the neutral values are the preset's own."""
    host = FakeHost(PIXELS)
    with fake_engine.running() as engine:
        session.replace(host, FakeDisplay(), asked())
        session.replace(host, FakeDisplay(), asked(strength=0.5, grow=2.0, feather=0.0))
    plain, grown = edits(engine)
    assert plain.painting == Painting("fast")
    assert grown.painting == Painting("fast", grow=2.0, feather=0.0, options={"strength": 0.5})
    assert grown.box == plain.box.grown(3).clipped(PIXELS.size)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"variations": 0}, "1 to 8 variations"),
        ({"variations": 9}, "1 to 8 variations"),
        ({"strength": 1.5}, "strength"),
        ({"grow": -2.0}, "growth"),
        ({"feather": 5000.0}, "feather"),
        ({"grow": 3.0, "use_selection": True}, "leave out growth"),
    ],
)
def test_options_out_of_bounds(more: dict[str, Any], words: str) -> None:
    """Refused with the bounds before anything runs."""
    with pytest.raises(UserError, match=words):
        asked(**more)
