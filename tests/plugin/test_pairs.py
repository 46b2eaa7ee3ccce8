"""Several pairs in one run of the plug-in: a layer for each in one group, and a recipe in each that repeats all."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugin import fake_engine
from tests.plugin.fake_engine import REGION, painted, report_on
from tests.plugin.fake_host import FakeDisplay, FakeGroup, FakeHost
from tests.plugin.test_again import result_with
from tests.plugin.test_variations import HEIGHT, PIXELS, WIDTH, edits, reported
from text_replace_plugin import again, applying, recipe, session, settings
from text_replace_plugin.settings import Settings, check
from text_replace_wire.api import Edited
from text_replace_wire.errors import BadSelection, Cancelled, CannotPaint, NotFound
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate, Edit, Failed, Find, Found, Keep
from text_replace_wire.planes import Plane

pytestmark = pytest.mark.slow

#: Where the objects are, and what of the layer an edit of each needs: they lie over each other in two columns.
PLACES = {"apple": (Box(0, 0, 8, 24), Box(0, 0, 12, 24)), "dog": (Box(12, 4, 30, 20), Box(10, 0, 36, 24))}
NAMES = ("orange (was apple)", "cat (was dog)")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds another's engine."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    yield


def find(request: Find) -> Found:
    """The object of that name, “fruit” being the apple."""
    name = "apple" if request.replace == "fruit" else request.replace
    if name not in PLACES:
        return Found((), (), f"I looked for “{name}” and saw nothing.")
    box, needed = PLACES[name]
    mask = bytes(255 * (box.x0 <= x < box.x1 and box.y0 <= y < box.y1) for y in range(HEIGHT) for x in range(WIDTH))
    return Found((Candidate(0, name, 1.0, 1.0, box, needed, 9, Plane(WIDTH, HEIGHT, 1, mask)),), (0,), "")


def edit(request: Edit) -> Edited:
    """The object itself is the object mask, without a margin."""
    x0, y0, x1, y1 = dataclasses.astuple(request.box)
    rows = [request.mask.data[y * WIDTH + x0 : y * WIDTH + x1] for y in range(y0, y1)]
    return dataclasses.replace(painted(request), object_mask=Plane(x1 - x0, y1 - y0, 1, b"".join(rows)))


def asked(**more: Any) -> Settings:
    return check(**{"replace": "apple\ndog", "with_": "orange\ncat", "seed": 5, "models": "starter", **more})


def run(host: FakeHost, display: FakeDisplay | None = None, edit: Any = edit, **more: Any) -> list[Edit]:
    """What was asked of the engine."""
    with fake_engine.running(find, edit) as engine:
        session.replace(host, display or FakeDisplay(), asked(**more))
    return edits(engine)


def group_of(host: FakeHost) -> FakeGroup:
    (group,) = host.added
    assert isinstance(group, FakeGroup)
    return group


def test_a_layer_each_in_one_group() -> None:
    """In the pairs' order, later ones above, both visible, in one undo step. Each is painted from the layer as it was,
    with the same seed; the selection is where anything is new.
    """
    host = FakeHost(PIXELS)
    asked_of_it = run(host)
    assert [(each.replace, each.with_, each.seed) for each in asked_of_it] == [
        ("apple", "orange", 5),
        ("dog", "cat", 5),
    ]
    assert [each.image for each in asked_of_it] == [host.read(each.box, each.box.size) for each in asked_of_it]
    group = group_of(host)
    assert group.name == ", ".join(NAMES)
    assert [(layer.name, layer.visible) for layer in group.layers] == [(NAMES[1], True), (NAMES[0], True)]
    assert host.selected is not None
    selected, box = host.selected
    assert box == Box(0, 0, 36, 24)
    first_row = list(selected.data[:36])
    assert first_row[:10] + first_row[12:] == [REGION] * 34
    assert all(REGION < value < 255 for value in first_row[10:12]), "both painted there"
    assert host.changes.count("undo_group_start") == host.changes.count("undo_group_end") == 1


def test_a_pair_alone_gives_the_same() -> None:
    """The engine is asked for the very same, and the layer has the same pixels where the regions do not meet."""
    together, alone = FakeHost(PIXELS), FakeHost(PIXELS)
    both = run(together)
    assert run(alone, replace="dog", with_="cat") == both[1:]
    assert alone.inserted is not None
    # The regions meet in the first two columns.
    one, other = (
        [row[8:] for row in rows_of(layer.pixels)] for layer in (group_of(together).layers[0], alone.inserted)
    )
    assert one == other and together.calls.count("fingerprint") == 2


def rows_of(plane: Plane) -> list[bytes]:
    width = plane.width * plane.channels
    return [plane.data[start : start + width] for start in range(0, len(plane.data), width)]


def test_variations_are_a_group_for_each() -> None:
    """Inside the group of all; of each pair the best one is shown; layers are given back pair by pair, best first."""
    host = FakeHost(PIXELS)
    with fake_engine.running(find, edit):
        applied = session.replace(host, FakeDisplay(), asked(seed=8, variations=2))
    inner = group_of(host).layers
    assert [group.name for group in inner] == [*reversed(NAMES)]
    assert [[layer.visible for layer in group.layers] for group in inner] == [[True, False]] * 2
    assert [layer.name for layer in applied.layers] == [f"{name}, seed {seed}" for name in NAMES for seed in (9, 8)]
    assert (applied.scores, applied.group) == ((0.9, 0.8) * 2, group_of(host))


@pytest.mark.parametrize(("fail_in", "variations"), [("insert_group", 2), ("insert", 1), ("insert", 2), ("select", 2)])
def test_failure_takes_all_back(fail_in: str, variations: int) -> None:
    """Whatever GIMP refuses, no layer and no group is left, and the old selection is not kept."""
    host = FakeHost(PIXELS, Plane(WIDTH, HEIGHT, 1, b"\xff" * (WIDTH * HEIGHT)), fail_in=fail_in)
    with pytest.raises(RuntimeError):
        run(host, variations=variations, keep_selection=True)
    assert (host.added, host.kept, host.selected, host.older_shown) == ([], [], None, True)
    assert host.changes[-1] == "undo_group_end"


@pytest.mark.parametrize(
    ("words", "error", "sentence"),
    [
        ({"replace": "apple\ntruck"}, NotFound, "“truck” → “cat”: I looked for “truck”"),
        ({"replace": "apple\nfruit"}, BadSelection, "“apple” → “orange” and “fruit” → “cat” are the same"),
        ({"with_": "orange\nzebra"}, CannotPaint, "zebra"),
    ],
)
def test_a_pair_that_fails_leaves_the_image(words: dict[str, Any], error: type[Exception], sentence: str) -> None:
    """Whichever it is, and however far the others were: not even an undo step."""

    def paint(request: Edit) -> Edited | Failed:
        return Failed("cannot_paint", "No zebra.") if request.with_ == "zebra" else edit(request)

    host = FakeHost(PIXELS)
    with pytest.raises(error, match=sentence):
        run(host, edit=paint, **words)
    assert host.changes == []


@pytest.mark.parametrize("at", ["Painting “orange”", "Painting “cat”", "Adding the new layer"])
def test_cancel_at_any_pair(at: str) -> None:
    """The image is as it was."""
    host = FakeHost(PIXELS)
    with fake_engine.running(find, edit), pytest.raises(Cancelled):
        session.replace(host, FakeDisplay(cancel_at=at), asked())
    assert host.changes == []


def test_keep_is_of_the_pair_that_is_painted() -> None:
    """“Keep this” ends the first one; the second, of which there was nothing to keep yet, is painted to its end."""
    host, display = FakeHost(PIXELS), FakeDisplay(keep_at="Painting “orange”")
    with fake_engine.running(find, edit) as engine:
        session.replace(host, display, asked())
    messages = [type(message).__name__ for message in engine.seen if isinstance(message, (Edit, Keep))]
    assert messages in (["Edit", "Keep", "Edit"], ["Edit", "Edit"]), "it may come too late for the first one"


def recipes_of(host: FakeHost) -> dict[str, bytes]:
    """By the layer's name; the group's, too."""
    group = group_of(host)
    found = {layer.name: layer.recipe for layer in (*group.layers, group)}
    assert all(found.values())
    return found


@pytest.mark.parametrize(
    ("selected", "more"),
    [
        (NAMES[0], {}),
        (NAMES[1], {"as_layer_mask": True}),
        (", ".join(NAMES), {"grow": 2.0, "mark": False}),
    ],
)
def test_edit_again_repeats_all_pairs(selected: str, more: dict[str, Any]) -> None:
    """From either layer or from their group: the same requests, each with its own recorded mask and nothing looked for;
    a new group with the same recipes, and the old one is hidden.
    """
    host, source = FakeHost(PIXELS), FakeHost(PIXELS)
    first = run(host, **more)
    recipes = recipes_of(host)
    with fake_engine.running(find, edit) as engine:
        again.again(result_with(recipes[selected], source), FakeDisplay())
    assert not any(isinstance(message, Find) for message in engine.seen)
    painting = first[0].painting.with_options(working_size=64)
    assert edits(engine) == [dataclasses.replace(each, painting=painting, batch=1, place=0) for each in first]
    assert not source.older_shown
    second = recipes_of(source)
    assert {name: recipe.read(contents) for name, contents in second.items()} == {
        name: recipe.read(contents) for name, contents in recipes.items()
    }


def test_every_recipe_is_one_of_its_own_pair() -> None:
    """A version that knows nothing of pairs repeats the layer's own: that is what the recipe says beside them. Of
    variations the other pairs' with the same seed belong together.
    """
    host = FakeHost(PIXELS)
    run(host, variations=2)
    for group in group_of(host).layers:
        for layer in group.layers:
            document = json.loads(layer.recipe)
            assert layer.name == f"{document['with']} (was {document['replace']}), seed {document['seed']}"
            assert {each.settings.seed for each in recipe.read(layer.recipe)} == {document["seed"]}


def test_a_dialog_repeats_what_it_does_not_show() -> None:
    """Each pair has what was recorded of it, the step at which it was kept too; a pair with other words, or a new one,
    is looked for, the others keep their masks, also where one above them is taken away.
    """

    def kept(request: Edit) -> Edited:
        step = 3 if request.with_ == "cat" else None
        return reported(edit(request), lambda seed: report_on(request, seed, step))

    host = FakeHost(PIXELS)
    run(host, edit=kept)
    opened = again.open_recipe(result_with(recipes_of(host)[NAMES[0]], FakeHost(PIXELS)))
    answers = settings.values(opened.asked)
    assert (answers["replace"], answers["with_"]) == ("apple\ndog", "orange\ncat")
    same = opened.completed(check(**answers), None)
    assert same == opened.settings and [one.painting.keep_at for one in same.each] == [None, 3]
    for words, looked_for in (
        ({"replace": "dog", "with_": "cat"}, []),
        ({"with_": "pear\ncat"}, []),
        ({"replace": "fruit\ndog"}, ["fruit"]),
        ({"replace": "dog\napple"}, []),
    ):
        changed = opened.completed(check(**{**answers, **words}), None)
        with fake_engine.running(find, kept) as engine:
            again.edit(dataclasses.replace(opened, host=FakeHost(PIXELS)), FakeDisplay(), changed)
        assert [message.replace for message in engine.seen if isinstance(message, Find)] == looked_for
        assert [each.replace for each in edits(engine)] == [one.replace for one in changed.each]


def test_each_pair_keeps_its_own_seed() -> None:
    """Of a pair that was kept early there is no variation with the other's seed: unchanged, the dialog repeats both as
    they were, and whatever stays of them; another seed is for all.
    """

    def kept(request: Edit) -> Edited:
        edited = edit(request)
        return dataclasses.replace(edited, variations=edited.variations[:1]) if request.with_ == "cat" else edited

    host = FakeHost(PIXELS)
    run(host, edit=kept, variations=2)
    oranges = group_of(host).layers[1].layers
    contents = next(layer.recipe for layer in oranges if layer.name.endswith("seed 6"))
    opened = again.open_recipe(result_with(contents, FakeHost(PIXELS)))
    assert [one.seed for one in opened.settings.each] == [6, 5]
    answers = settings.values(opened.asked)
    assert opened.completed(check(**answers), None) == opened.settings
    for change, seeds in (({"replace": "dog", "with_": "cat"}, [5]), ({"seed": 9}, [9, 9])):
        changed = opened.completed(check(**{**answers, **change}), None)
        assert [one.seed for one in changed.each] == seeds


def test_without_recipes_nothing_tells_the_words() -> None:
    """Neither the group nor its layers."""
    host = FakeHost(PIXELS)
    run(host, record_recipe=False)
    group = group_of(host)
    assert (group.name, group.recipe) == (applying.NEUTRAL_NAME, None)
    assert [(layer.name, layer.recipe) for layer in group.layers] == [(applying.NEUTRAL_NAME, None)] * 2
