"""Edit Again: the recipe in a result is enough to ask the engine for exactly the same once more."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plugin import fake_engine
from tests.plugin.fake_engine import found_middle, painted, report_on
from tests.plugin.fake_host import FakeDisplay, FakeGroup, FakeHost
from tests.plugin.test_variations import PIXELS, SELECTION, edits, reported
from text_replace_plugin import again, recipe, session
from text_replace_plugin import settings as plugin_settings
from text_replace_plugin.host import Identity
from text_replace_plugin.results import Job, Result
from text_replace_plugin.settings import check
from text_replace_wire.api import Edited
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Edit, Find, MaskKind, Variation
from text_replace_wire.model_messages import ModelSets, PainterEntry, SetEntry
from text_replace_wire.options import MAX_SEED
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane
from text_replace_wire.where import Where

ASKED: dict[str, Any] = {"replace": "apple", "with_": "orange", "seed": 5, "preset": "fast"}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds another's engine."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    yield


def run(selection: Plane | None = None, **more: Any) -> tuple[Edit, bytes]:
    """What a replacement asked for, and the recipe that it left."""
    host = FakeHost(PIXELS, selection)
    with fake_engine.running() as engine:
        session.replace(host, FakeDisplay(), check(**{**ASKED, **more}))
    assert host.inserted is not None and host.inserted.recipe is not None
    return edits(engine)[0], host.inserted.recipe


def result_with(contents: bytes | None, *others: FakeHost) -> FakeHost:
    return FakeHost(Plane(1, 1, 1, b"\0"), name="result", contents=contents, others=others)


@pytest.mark.parametrize("selection", [None, SELECTION])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"strength": 0.3, "grow": 4.0, "feather": 2.0},
        {"use_selection": True},
        {"as_layer_mask": True},
        {"remove": True},
    ],
)
def test_the_same_request_once_more(selection: Plane | None, more: dict[str, Any]) -> None:
    """Image, box, mask, the selection of then, seed and options: the engine is asked for the very same, whatever is
    selected now; the models are those that “auto” meant.
    """
    if selection is None and more.get("use_selection"):
        return
    first, contents = run(selection, **more)
    source = FakeHost(PIXELS, Plane(*PIXELS.size, 1, bytes([9]) * (PIXELS.width * PIXELS.height)))
    with fake_engine.running() as engine:
        applied = again.again(result_with(contents, source), FakeDisplay())
    (second,) = edits(engine)
    painting = first.painting.with_options(working_size=64)
    assert second == dataclasses.replace(first, models="starter", painting=painting, batch=1, place=0)
    assert source.inserted is applied.layers[0] and not source.older_shown
    assert (source.inserted.mask is not None) == bool(more.get("as_layer_mask"))
    assert source.inserted.recipe is not None
    assert recipe.read(source.inserted.recipe) == recipe.read(contents)


def test_a_kept_result_is_repeated_up_to_its_last_step() -> None:
    """What “Keep this” ended at step 3 is ended there again; each variation's recipe is its own."""

    def edit(request: Edit) -> Edited:
        return reported(painted(request), lambda seed: report_on(request, seed, 3))

    host = FakeHost(PIXELS)
    with fake_engine.running(edit=edit):
        session.replace(host, FakeDisplay(), check(**ASKED))
    assert host.inserted is not None
    opened = again.open_recipe(result_with(host.inserted.recipe, FakeHost(PIXELS)))
    assert (opened.settings.painting.keep_at, opened.settings.variations, opened.changed) == (3, 1, False)


def test_a_dialog_keeps_what_it_does_not_show() -> None:
    """Unchanged answers are the whole recipe, its last step and λ's included; with another seed the λ's stay and all
    steps run; the other mask is looked for only when another object is meant.
    """

    opened = again.open_recipe(result_with(recorded(lambda_clip=7.0), FakeHost(PIXELS)))
    answers = plugin_settings.values(opened.asked)
    same = opened.completed(check(**answers), None)
    assert same == opened.settings and same.painting.keep_at == 3
    masked = opened.completed(check(**{**answers, "as_layer_mask": True}), None)
    assert masked.painting == opened.settings.painting
    other = opened.completed(check(**{**answers, "seed": 6}), None)
    assert (other.painting.keep_at, other.painting.options) == (None, {"lambda_clip": 7.0, "working_size": 64})
    full = opened.completed(check(**{**answers, "models": "full"}), None)
    assert full.painting.options == {}, "another set's painter may not know them"
    best = opened.completed(check(**{**answers, "preset": "best"}), None)
    assert best.painting.options == {}, "they may be what the other preset meant"
    with fake_engine.running() as engine:
        again.edit(opened, FakeDisplay(), other)
        assert searches(engine) == 0
        again.edit(opened, FakeDisplay(), dataclasses.replace(other, replace="pear"))
        assert searches(engine) == 1


def recorded(**own: float) -> bytes:
    """The recipe of a result that was kept after step 3, painted with the painter's `own` options."""

    def edit(request: Edit) -> Edited:
        return reported(painted(request), lambda seed: report_on(request, seed, 3))

    host, asked = FakeHost(PIXELS), check(**{**ASKED, "models": "starter"})
    with fake_engine.running(edit=edit):
        session.replace(host, FakeDisplay(), dataclasses.replace(asked, painting=asked.painting.with_options(**own)))
    assert host.inserted is not None and host.inserted.recipe is not None
    return host.inserted.recipe


def searches(engine: fake_engine.FakeEngine) -> int:
    return len([message for message in engine.seen if isinstance(message, Find)])


def test_one_of_several_that_were_painted_at_once_is_repeated_among_them() -> None:
    """On a graphics card a sample's last bits depend on what is painted beside it: unchanged, the whole batch is
    painted again for this one place in it. Whatever else is asked for is painted as ever.
    """

    def edit(request: Edit) -> Edited:
        report = {"batch": 4, "variations": request.variations}
        seeds = fake_engine.seeds_of(dataclasses.replace(request, place=None))
        return reported(
            painted(request), lambda seed: {**report_on(request, seed), **report, "place": seeds.index(seed)}
        )

    host = FakeHost(PIXELS)
    with fake_engine.running(edit=edit) as engine:
        session.replace(host, FakeDisplay(), check(**{**ASKED, "seed": MAX_SEED, "variations": 3}))
        (group,) = host.added
        assert isinstance(group, FakeGroup)
        contents = next(layer.recipe for layer in group.layers if layer.name.endswith("seed 1"))
        opened = again.open_recipe(result_with(contents, FakeHost(PIXELS)))
        assert opened.settings.seed == 1
        again.edit(opened, FakeDisplay(), opened.settings)
        answers = plugin_settings.values(opened.asked)
        for change in ({"as_layer_mask": True}, {"seed": 2}, {"variations": 2}, {"preset": "best"}, {"with_": "pear"}):
            again.edit(opened, FakeDisplay(), opened.completed(check(**{**answers, **change}), None))
    _, *repeated = [(edit.seed, edit.variations, edit.batch, edit.place) for edit in edits(engine)]
    unchanged, plain = (MAX_SEED, 3, 4, 2), (None, None)
    assert repeated == [unchanged, unchanged, (2, 1, *plain), (1, 2, *plain), (1, 1, *plain), (1, 1, *plain)]


#: As a result had it before painters had options of their own.
OLD = """{"version":1,"replace":"apple","with":"orange","seed":5,"preset":"fast","models":{"choice":"starter","files":
[{"role":"clip","name":"starter/clip","sha256":"0000000000000000000000000000000000000000000000000000000000000000"}]},
"options":{"strength":0.5,"grow":2.0,"feather":null,"lambda_clip":7.0,"lambda_lpips":null,"lambda_l2":null,
"cutouts":null,"keep_at":3,"working_size":64},"result":{"keep_selection":false,"as_layer_mask":false,"record_recipe":
true},"mask_source":"found","picked":[1],"without":[],"box":[5,3,35,21],"mask":{"width":40,"height":24,"data":
"eJxjYBip4D8WMKpu+KgbGQAA04jvEQ=="},"selection":null,"layer":{"tattoo":7,"name":"source","size":[40,24],"picture":
"c91ea11f74ae12b1da8ba6cda54fab85"},"clip":0.5,"device":"cpu","dtype":"float32","versions":{"fake":"1"}}"""


def test_recipes_recorded_before_still_open() -> None:
    """An old file's results are repeated as they were: every option is asked for, and nothing else; no shadow is looked
    for.
    """
    source = FakeHost(PIXELS)
    opened = again.open_recipe(result_with(OLD.encode(), source))
    assert not opened.changed
    with fake_engine.running() as engine:
        again.edit(opened, FakeDisplay(), opened.settings)
    (edit,) = edits(engine)
    options = {"strength": 0.5, "lambda_clip": 7.0, "working_size": 64}
    assert edit.painting == Painting("fast", grow=2.0, keep_at=3, options=options, remnants=False)
    assert (edit.replace, edit.with_, edit.seed, edit.models) == ("apple", "orange", 5, "starter")
    assert (edit.variations, edit.batch, edit.place) == (1, None, None)
    assert edit.mask == found_middle(Find("apple", PIXELS, PIXELS.size)).candidates[0].mask


def test_versions_before_can_repeat_what_is_recorded_now() -> None:
    """Whatever they do not know among the options they take for the painter's, and refuse; so remnants are not there.
    Recipes that had them there open, too.
    """
    document = json.loads(recorded())
    assert "remnants" not in document["options"] and document["remnants"] is True
    for remnants in (True, False):
        now = {**document, "remnants": remnants}
        once = {key: value for key, value in document.items() if key != "remnants"}
        once["options"] = {**document["options"], "remnants": remnants}
        for each in (now, once):
            (read,) = recipe.read(json.dumps(each).encode())
            assert read.settings.painting.remnants is remnants
            assert "remnants" not in read.settings.painting.options


def test_the_source_is_told_by_its_pixels() -> None:
    """Of several layers that may be the source the one with the same pixels is taken; a changed one is used, and said
    to be changed.
    """
    _, contents = run()
    other = FakeHost(dataclasses.replace(PIXELS, data=PIXELS.data[::-1]))
    same = FakeHost(PIXELS)
    opened = again.open_recipe(result_with(contents, other, same))
    assert opened.host is same and not opened.changed
    opened = again.open_recipe(result_with(contents, other))
    assert opened.host is other and opened.changed


def test_no_recipe_and_no_source() -> None:
    """A sentence each: a layer without a recipe, a source that is gone, deleted while open, or of another size."""
    _, contents = run()
    with pytest.raises(UserError, match="no recipe"):
        again.open_recipe(result_with(None))
    small = FakeHost(Plane(2, 2, 3, bytes(12)))
    for others in ([], [small], [FakeHost(PIXELS, name="another")], [FakeHost(PIXELS, exists=False)]):
        with pytest.raises(UserError, match="“source” .40×24 pixels.*not in the image any more"):
            again.open_recipe(result_with(contents, *others))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_recipes_are_refused(data: st.DataObject) -> None:
    """Whatever a parasite holds, it is a recipe or one clear sentence."""
    document = json.loads(CONTENTS)
    inner = [("pairs", "number"), ("pairs", "others"), ("pairs", "others", 0), ("pairs", "others", 0, "seed")]
    inner += [("mask", "data"), ("mask", "width"), ("layer", "size"), ("options", "grow"), ("batch", "place")]
    path = data.draw(st.sampled_from([*((key,) for key in document), *inner, ("models", "choice")]))
    target: Any = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = data.draw(
        st.none() | st.integers(-5, 10**9) | st.text(max_size=5) | st.lists(st.integers(-3, 99))
    )
    try:
        recipe.read(json.dumps(document).encode())
    except UserError as error:
        assert "recipe in this layer cannot be read" in str(error)


@pytest.mark.parametrize("contents", [b"", b"{}", b"[]", b"\xff\xfe", b'{"version": 99}'])
def test_parasites_that_are_no_recipes(contents: bytes) -> None:
    """Another program's parasite, or a newer version's."""
    with pytest.raises(UserError, match="cannot be read"):
        recipe.read(contents)


EDIT = Edit("apple", "orange", 1, (4, 3), Box(0, 0, 4, 3), Plane(4, 3, 1, bytes(12)), Plane(4, 3, 1, bytes(12)))
WHERE = Where(MaskKind.OBJECT, EDIT.mask, EDIT.box, (0,))
RESULT = Result(
    Job(check(replace="a", with_="b"), WHERE), EDIT, Variation(EDIT.image, report_on(EDIT, 1)), EDIT.mask, EDIT.mask
)
CONTENTS = recipe.written([RESULT, dataclasses.replace(RESULT)], 0, Identity(1, "source"))


ALONE = recipe.written([RESULT], 0, Identity(1, "source"))


@pytest.mark.parametrize(
    ("own", "around", "whole"),
    [
        (ALONE, [], "layer"),
        (ALONE, [CONTENTS], "layer"),
        (CONTENTS, [CONTENTS], "group 0"),
        (CONTENTS, [None, CONTENTS], "group 1"),
        (CONTENTS, [CONTENTS, CONTENTS], "group 0"),
        (CONTENTS, [None], "layer"),
        (None, [CONTENTS], "layer"),
    ],
)
def test_what_an_older_result_is(own: bytes | None, around: list[bytes | None], whole: str) -> None:
    """Of a pair that was alone the layer, though it lies in the group of the result that it was made from; of several
    pairs the nearest group that has their recipe, outside of that of the pair's variations.
    """
    groups = {f"group {number}": contents for number, contents in enumerate(around)}
    assert recipe.whole_result("layer", [*groups], {"layer": own, **groups}.get) == whole


def test_a_dialog_begins_with_what_was_asked_for() -> None:
    """What the preset meant is recorded, but ticked as left to it; it is repeated while the preset stays, and means
    nothing to another preset, another painter or a removal. Repeating keeps the difference.
    """

    def edit(request: Edit) -> Edited:
        meant = {"steps": 25, "guidance_scale": 7.5, "room": "normal", "painter": "sd15", **request.painting.options}
        return reported(painted(request), lambda seed: {**report_on(request, seed, 3), "options": meant})

    host = FakeHost(PIXELS)
    with fake_engine.running(edit=edit):
        session.replace(host, FakeDisplay(), check(**ASKED, models="starter", steps=9))
        assert host.inserted is not None and host.inserted.recipe is not None
        opened = again.open_recipe(result_with(host.inserted.recipe, FakeHost(PIXELS)))
        repeated = FakeHost(PIXELS)
        again.edit(dataclasses.replace(opened, host=repeated), FakeDisplay(), opened.settings)
    answers = plugin_settings.values(opened.asked)
    assert (answers["steps"], answers["guidance_scale"], answers["painter"]) == (9, 0.0, "auto")
    assert opened.completed(check(**answers), None) == opened.settings
    more = opened.completed(check(**{**answers, "steps": 12}), None).painting.options
    assert more == {"steps": 12, "guidance_scale": 7.5, "room": "normal", "painter": "sd15"}
    for other in ({"preset": "best"}, {"painter": "klein"}, {"remove": True}):
        asked = opened.completed(check(**{**answers, **other}), None)
        assert not {"guidance_scale", "room"} & set(asked.painting.options) and asked.recorded == ()
    assert repeated.inserted is not None and repeated.inserted.recipe is not None
    once_more = again.open_recipe(result_with(repeated.inserted.recipe, FakeHost(PIXELS)))
    assert once_more.settings.recorded == opened.settings.recorded


@pytest.mark.parametrize(("painter", "takes"), [("klein", ("painter", "steps")), ("lama", ("painter",))])
def test_a_painter_that_nobody_asked_for_goes_where_it_is_in_the_way(painter: str, takes: tuple[str, ...]) -> None:
    """It stays while it takes what is asked now; where it does not, or is not there any more, the dialog's “Automatic”
    means what it says, and nothing that was recorded with it is asked of another.
    """

    def edit(request: Edit) -> Edited:
        meant = {**dict.fromkeys(takes, 4), "painter": painter}
        return reported(painted(request), lambda seed: {**report_on(request, seed), "options": meant})

    def told(*erasers: PainterEntry) -> ModelSets:
        painters = tuple(entry for entry in erasers if entry.id != "lama")
        entry = SetEntry("photo", "", "", True, (), (), painters=painters, erasers=erasers)
        return ModelSets((entry,), "photo")

    host = FakeHost(PIXELS)
    with fake_engine.running(edit=edit):
        session.replace(host, FakeDisplay(), check(**ASKED, models="photo", remove=painter == "lama"))
    assert host.inserted is not None and host.inserted.recipe is not None
    contents = json.loads(host.inserted.recipe)
    contents["models"]["choice"] = "photo"
    opened = again.open_recipe(result_with(json.dumps(contents).encode(), FakeHost(PIXELS)))
    sd15 = PainterEntry("sd15", ("fast",), ("painter", "strength", "steps"))
    both = told(sd15, PainterEntry(painter, ("fast",), takes))
    answers = plugin_settings.values(opened.asked)
    assert opened.completed(check(**answers), both) == opened.settings, "exactly as it was"
    stronger = opened.completed(check(**{**answers, "strength": 0.5}), both)
    assert (stronger.painting.options, stronger.recorded) == ({"strength": 0.5}, ())
    gone = opened.completed(check(**answers), told(sd15))
    assert (gone.painting.options, gone.recorded) == ({}, ())
