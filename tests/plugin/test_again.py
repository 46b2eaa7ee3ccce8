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
from tests.plugin.fake_engine import painted, report_on
from tests.plugin.fake_host import FakeDisplay, FakeHost
from tests.plugin.test_variations import PIXELS, SELECTION, edits
from text_replace_plugin import again, recipe, session
from text_replace_plugin import settings as plugin_settings
from text_replace_plugin.settings import check
from text_replace_wire.errors import UserError
from text_replace_wire.messages import Edit, Edited, Find
from text_replace_wire.planes import Plane


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds another's engine."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    yield


def run(selection: Plane | None = None, **more: Any) -> tuple[Edit, bytes]:
    """What a replacement asked for, and the recipe that it left."""
    host = FakeHost(PIXELS, selection)
    with fake_engine.running() as engine:
        session.replace(host, FakeDisplay(), check("apple", "orange", 5, "fast", "auto", **more))
    assert host.inserted is not None and host.inserted.recipe is not None
    return edits(engine)[0], host.inserted.recipe


def result_with(contents: bytes | None, *others: FakeHost) -> FakeHost:
    return FakeHost(Plane(1, 1, 1, b"\0"), name="result", contents=contents, others=others)


@pytest.mark.parametrize("selection", [None, SELECTION])
@pytest.mark.parametrize(
    "more", [{}, {"strength": 0.3, "grow": 4.0, "feather": 2.0}, {"use_selection": True}, {"as_layer_mask": True}]
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
    assert dataclasses.replace(second, models=first.models, working_size=None) == first
    assert (second.models.value, second.working_size) == ("starter", 64)
    assert source.inserted is applied.layers[0] and not source.older_shown
    assert (source.inserted.mask is not None) == bool(more.get("as_layer_mask"))
    assert source.inserted.recipe is not None
    assert recipe.read(source.inserted.recipe) == recipe.read(contents)


def test_a_kept_result_is_repeated_up_to_its_last_step() -> None:
    """What “Keep this” ended at step 3 is ended there again; each variation's recipe is its own."""

    def edit(request: Edit) -> Edited:
        return dataclasses.replace(painted(request), report=report_on(request, 3))

    host = FakeHost(PIXELS)
    with fake_engine.running(edit=edit):
        session.replace(host, FakeDisplay(), check("apple", "orange", 5, "fast", "auto"))
    assert host.inserted is not None
    opened = again.open_recipe(result_with(host.inserted.recipe, FakeHost(PIXELS)))
    assert (opened.settings.adjustments.keep_at, opened.settings.variations, opened.changed) == (3, 1, False)


def test_a_dialog_keeps_what_it_does_not_show() -> None:
    """Unchanged answers are the whole recipe, its last step and λ's included; with another seed the λ's stay and all
    steps run; the other mask is looked for only when another object is meant.
    """

    def edit(request: Edit) -> Edited:
        return dataclasses.replace(painted(request), report=report_on(request, 3))

    host = FakeHost(PIXELS)
    asked = check("apple", "orange", 5, "fast", "starter")
    weighed = dataclasses.replace(asked, adjustments=dataclasses.replace(asked.adjustments, lambda_clip=7.0))
    with fake_engine.running(edit=edit) as engine:
        session.replace(host, FakeDisplay(), weighed)
        assert host.inserted is not None
        opened = again.open_recipe(result_with(host.inserted.recipe, FakeHost(PIXELS)))
        answers = plugin_settings.values(opened.settings)
        same = opened.completed(check(*answers.values()))
        assert same == opened.settings and same.adjustments.keep_at == 3
        masked = opened.completed(check(*{**answers, "as-layer-mask": True}.values()))
        assert masked.adjustments == opened.settings.adjustments
        other = opened.completed(check(*{**answers, "seed": 6}.values()))
        assert (other.adjustments.keep_at, other.adjustments.lambda_clip) == (None, 7.0)
        searched = len([each for each in engine.seen if isinstance(each, Find)])
        again.edit(opened, FakeDisplay(), other)
        assert len([each for each in engine.seen if isinstance(each, Find)]) == searched
        again.edit(opened, FakeDisplay(), dataclasses.replace(other, replace="pear"))
        assert len([each for each in engine.seen if isinstance(each, Find)]) == searched + 1


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
    path = data.draw(
        st.sampled_from([(key,) for key in document] + [("mask", "data"), ("mask", "width"), ("layer", "size")])
    )
    target = document
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


def _contents() -> bytes:
    from text_replace_plugin.host import Identity
    from text_replace_plugin.where import Where
    from text_replace_wire.geometry import Box
    from text_replace_wire.messages import MaskKind

    where = Where(MaskKind.OBJECT, Plane(4, 3, 1, bytes(12)), Box(0, 0, 4, 3), (0,))
    edit = Edit("apple", "orange", 1, (4, 3), where.box, Plane(4, 3, 1, bytes(12)), where.mask)
    return recipe.written(check("a", "b", 1, "fast", "auto"), where, Identity(1, "source"), edit, painted(edit))


CONTENTS = _contents()
