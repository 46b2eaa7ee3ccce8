"""The flow of a replacement: what is asked of GIMP, in which order, and that nothing is touched unless all is well."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plugin import fake_engine
from tests.plugin.fake_engine import NEW_COLOUR, REGION, found_middle, painted
from tests.plugin.fake_host import FakeDisplay, FakeHost
from text_replace_plugin import session
from text_replace_plugin.host import LayerState
from text_replace_plugin.settings import Settings, check
from text_replace_wire.errors import (
    BadPrompt,
    BadSelection,
    CannotPaint,
    EngineLost,
    EngineUnavailable,
    ImageChanged,
    NotFound,
    TextReplaceError,
    TooLarge,
)
from text_replace_wire.messages import Edit, Failed, Find, Found, MaskKind
from text_replace_wire.planes import Plane

WIDTH, HEIGHT = 40, 24
OPAQUE = Plane(WIDTH, HEIGHT, 3, bytes(range(240)) * (WIDTH * HEIGHT * 3 // 240))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds another's engine."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    yield


def asked(replace: str = " apple", with_: str = "orange ") -> Settings:
    return check(replace=replace, with_=with_, seed=5, preset="fast", models="starter")


def test_one_undo_group_around_layer_and_selection() -> None:
    """All changes lie in one undo group, after both looks at the layer."""
    host = FakeHost(OPAQUE)
    with fake_engine.running():
        applied = session.replace(host, FakeDisplay(), asked())
    assert (applied.layers, applied.scores, applied.group) == ((host.inserted,), (0.5,), None)
    assert host.changes == ["undo_group_start", "insert", "show_older False", "select", "mark", "undo_group_end"]
    assert host.calls.index("undo_group_start") > len(host.calls) - 1 - host.calls[::-1].index("fingerprint")


def test_new_layer_and_selection_carry_the_edit_region() -> None:
    """Over an opaque layer, the new layer's alpha and the selection are both the edit region; colour is unblended."""
    host = FakeHost(OPAQUE)
    with fake_engine.running():
        session.replace(host, FakeDisplay(), asked())
    assert host.inserted is not None and host.selected is not None
    region, box = host.selected
    assert host.inserted.name == "orange (was apple)"
    assert host.inserted.box == box == found_middle(Find("a", OPAQUE, OPAQUE.size)).candidates[0].edit_box
    assert host.inserted.pixels.data == bytes([NEW_COLOUR] * 3 + [REGION]) * (box.width * box.height)
    assert region.data == bytes([REGION]) * (box.width * box.height)


def test_what_is_removed_needs_no_other_word() -> None:
    """Ticked, it counts more than what is typed, and the layer is named after what was there; else an empty word is
    refused.
    """
    host, asked_of = FakeHost(OPAQUE), {"replace": " apple", "seed": 5}
    with fake_engine.running() as engine:
        session.replace(host, FakeDisplay(), check(**asked_of, with_="orange", remove=True))
    find, edit = (message for message in engine.seen if isinstance(message, (Find, Edit)))
    assert find.painting.remove and edit.painting.remove and edit.with_ == ""
    assert host.inserted is not None and host.inserted.name == "removed (was apple)"
    with pytest.raises(BadPrompt):
        check(**asked_of)


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_is_region_times_source_alpha(channels: int) -> None:
    """Where the source is see-through, so is the new layer; the selection is still the whole edit region."""
    data = b"".join(bytes([9] * (channels - 1) + [i % 256]) for i in range(WIDTH * HEIGHT))
    host = FakeHost(Plane(WIDTH, HEIGHT, channels, data))
    with fake_engine.running():
        session.replace(host, FakeDisplay(), asked())
    assert host.inserted is not None and host.selected is not None
    source = host.read(host.inserted.box, host.inserted.box.size).data[channels - 1 :: channels]
    assert host.inserted.pixels.channels == channels
    assert list(host.inserted.pixels.data[channels - 1 :: channels]) == [round(REGION * a / 255) for a in source]
    assert set(host.selected[0].data) == {REGION}


def test_requests_carry_box_selection_and_settings() -> None:
    """The engine gets a search copy first, then one box at full resolution with the selection over it."""
    selection = Plane(WIDTH, HEIGHT, 1, bytes(i % 256 for i in range(WIDTH * HEIGHT)))
    host = FakeHost(OPAQUE, selection)
    with fake_engine.running() as engine:
        session.replace(host, FakeDisplay(), asked())
    find, edit = [message for message in engine.seen if isinstance(message, (Find, Edit))]
    assert isinstance(find, Find) and isinstance(edit, Edit)
    assert (find.replace, find.layer_size, find.selection) == ("apple", OPAQUE.size, selection)
    assert (edit.with_, edit.seed, edit.painting.preset, edit.models) == ("orange", 5, "fast", "starter")
    assert (find.with_, find.painting) == ("orange", edit.painting)
    assert (edit.mask_kind, edit.mask) == (MaskKind.OBJECT, found_middle(find).candidates[0].mask)
    assert edit.image == host.read(edit.box, edit.box.size)
    assert edit.selection == host.read_selection(edit.box, edit.box.size)


def test_large_layer_is_searched_in_a_small_copy() -> None:
    """No more than 1,280 pixels a side leave GIMP for the search."""
    host = FakeHost(Plane(2560, 4, 1, bytes(2560 * 4)))
    with fake_engine.running() as engine:
        session.replace(host, FakeDisplay(), asked())
    (find,) = [message for message in engine.seen if isinstance(message, Find)]
    assert find.image.size == (1280, 2) and find.layer_size == (2560, 4)


def refused(
    host: FakeHost,
    error: type[TextReplaceError],
    *,
    display: FakeDisplay | None = None,
    find: Callable[[Find], object] = found_middle,
    edit: Callable[[Edit], object] = painted,
) -> str:
    """The sentence of the expected error, after checking that the image was left alone."""
    with fake_engine.running(find, edit), pytest.raises(error) as caught:  # type: ignore[arg-type]
        session.replace(host, display or FakeDisplay(), asked())
    assert host.changes == [] and host.added == [] and host.selected is None
    return str(caught.value)


def test_not_found_says_what_was_seen() -> None:
    """The engine's sentence reaches the user and nothing is touched."""
    sentence = "I looked for “apple” and saw a dog."
    assert refused(FakeHost(OPAQUE), NotFound, find=lambda _: Found((), (), sentence)) == sentence


def test_word_that_cannot_be_painted() -> None:
    """The engine's refusal keeps its kind and its sentence."""
    sentence = "The starter models cannot paint a zebra."
    assert refused(FakeHost(OPAQUE), CannotPaint, edit=lambda _: Failed("cannot_paint", sentence)) == sentence


def test_engine_that_dies_while_painting() -> None:
    """A broken connection is a clear error at once, not a hang."""
    refused(FakeHost(OPAQUE), EngineLost, edit=lambda _: None)


def test_no_engine_and_no_command() -> None:
    """Without an engine and without a recorded command the user is told."""
    host = FakeHost(OPAQUE)
    with pytest.raises(EngineUnavailable):
        session.replace(host, FakeDisplay(), asked())
    assert host.changes == []


def _delete(host: FakeHost) -> None:
    host.exists = False


def _move(host: FakeHost) -> None:
    host.offsets = (0, 0)


def _resize(host: FakeHost) -> None:
    host.layer = Plane(WIDTH, HEIGHT - 1, 3, OPAQUE.data[: WIDTH * (HEIGHT - 1) * 3])


def _paint(host: FakeHost) -> None:
    host.layer = dataclasses.replace(host.layer, data=b"\xaa" + host.layer.data[1:])


@pytest.mark.parametrize(
    ("change", "word"), [(_delete, "deleted"), (_move, "moved"), (_resize, "resized"), (_paint, "painted on")]
)
def test_layer_changed_while_the_engine_works(change: Callable[[FakeHost], None], word: str) -> None:
    """A result that no longer fits is not applied, and the sentence says why."""
    assert word in refused(FakeHost(OPAQUE, meanwhile=change), ImageChanged)


def test_selection_beside_the_layer() -> None:
    """A selection that leaves nothing to search is refused before the engine is asked."""
    refused(FakeHost(OPAQUE, Plane(WIDTH, HEIGHT, 1, bytes(WIDTH * HEIGHT))), BadSelection)


def test_layer_over_the_limit() -> None:
    """A layer that is too large is refused before a pixel of it is read, with the limit named."""

    class Huge(FakeHost):
        def describe(self) -> LayerState:
            return LayerState((20_000, 20_000), (0, 0))

    host = Huge(OPAQUE)
    assert "100 megapixels" in refused(host, TooLarge)
    assert host.calls == []


@pytest.mark.parametrize("text", ["Looking at the picture", "Painting"])
def test_cancel_changes_nothing(text: str) -> None:
    """Cancel during the search and during painting: the engine is told, the image is left alone."""
    from text_replace_wire.errors import Cancelled

    release = threading.Event()

    def slow_find(request: Find) -> Found:
        if "Looking" in text:
            release.wait(10)
        return found_middle(request)

    def slow_edit(request: Edit) -> object:
        release.wait(10)
        return painted(request)

    try:
        refused(FakeHost(OPAQUE), Cancelled, display=FakeDisplay(cancel_at=text), find=slow_find, edit=slow_edit)
    finally:
        release.set()


@pytest.mark.parametrize(
    ("fail_in", "changes"),
    [
        ("insert", ["insert"]),
        ("select", ["insert", "show_older False", "select", "show_older True", "remove"]),
    ],
)
def test_failure_while_applying_is_taken_back(fail_in: str, changes: list[str]) -> None:
    """The undo group is closed whatever happens, and a half-applied result is removed."""
    host = FakeHost(OPAQUE, fail_in=fail_in)
    with fake_engine.running(), pytest.raises(RuntimeError):
        session.replace(host, FakeDisplay(), asked())
    assert host.changes == ["undo_group_start", *changes, "undo_group_end"]
    assert host.added == [] and host.older_shown


def test_progress_counts_steps_and_never_goes_back() -> None:
    """The user sees which step of how many is being painted; the bar only moves forward."""
    display = FakeDisplay()
    with fake_engine.running():
        session.replace(FakeHost(OPAQUE), display, asked())
    texts, fractions = zip(*display.shown, strict=True)
    assert "Painting “orange”: step 1 of 2" in texts
    assert list(fractions) == sorted(fractions) and fractions[-1] <= 1.0


def test_any_editor_of_layers_will_do() -> None:
    """Without extras: a result is a layer and a selection, several are several layers, best on top; there is no recipe,
    and an old selection cannot be kept.
    """
    host = FakeHost(OPAQUE, has_extras=False)
    with fake_engine.running():
        session.replace(host, FakeDisplay(), check(replace="apple", with_="orange", seed=5, keep_selection=True))
        assert host.inserted is not None and host.inserted.recipe is None
        session.replace(host, FakeDisplay(), check(replace="apple", with_="orange", seed=5, variations=2))
    one = ["undo_group_start", "insert", "select", "undo_group_end"]
    assert host.changes == [*one, *one[:2], *one[1:]]
    names = [layer.name for layer in host.added]
    assert names == ["orange (was apple), seed 6", "orange (was apple), seed 5", "orange (was apple)"]
