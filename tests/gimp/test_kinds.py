"""Every kind of image and layer in real GIMPs, one GIMP process each, against an engine that answers at once."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.gimp import icc
from tests.gimp.gimps import Gimp, run_scenario
from tests.gimp.inside.kinds import TABLE, Kind
from tests.gimp.rows import Pixels, Row, check_new_layer, check_nothing_but_the_new_layer, check_outside, depth_of
from tests.plugin import fake_engine
from text_replace_wire.api import Edited
from text_replace_wire.messages import Edit
from text_replace_wire.planes import Plane

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

APPLIED = [kind for kind in TABLE if not kind.refused]
REFUSED = [kind for kind in TABLE if kind.refused]


def painted(request: Edit) -> Edited:
    """Noise as new colour; a region that is 0 at the border of the box and rises to 255, times the selection."""
    width, height = request.box.size
    border = np.minimum.outer(_ramp(height), _ramp(width))
    region = np.clip((border - 3) * 40, 0, 255)
    if request.selection is not None:
        region = np.rint(region * _plane(request.selection)[..., 0] / 255)
    plane = Plane(width, height, 1, region.astype(np.uint8).tobytes())
    colours = request.image.channels - (request.image.channels in (2, 4))
    noise = random.Random(request.replace).randbytes(width * height * colours)
    new = Plane(width, height, colours, noise)
    edited = fake_engine.painted(request)
    variations = tuple(dataclasses.replace(variation, pixels=new) for variation in edited.variations)
    return Edited(variations, plane, plane)


def _ramp(length: int) -> npt.NDArray[np.int64]:
    return np.minimum(np.arange(length), np.arange(length)[::-1])


def _plane(plane: Plane) -> Pixels:
    return np.frombuffer(plane.data, np.uint8).reshape(plane.height, plane.width, plane.channels).astype(np.int32)


@dataclass(frozen=True)
class Seen:
    """What a row left: GIMP's results, and the request and answer at the engine."""

    results: dict[str, Any]
    edits: dict[str, tuple[Edit, Edited]]


@pytest.fixture(scope="module")
def seen(gimp: Gimp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """All rows of this GIMP's table, in one process."""
    state = gimp.folder / "kinds-state"
    profiles = gimp.folder / "profiles"
    icc.write_all(profiles)
    edits: dict[str, tuple[Edit, Edited]] = {}

    def edit(request: Edit) -> Edited:
        edits[request.replace] = request, painted(request)
        return edits[request.replace][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(state))
        with fake_engine.running(edit=edit):
            yield Seen(run_scenario(gimp, "image_kinds", state, fonts=True, profiles=profiles), edits)


@dataclass(frozen=True)
class AskedRow(Row):
    """copies: that were made of the image; edit, edited: what the engine was asked and said."""

    copies: int
    edit: Edit
    edited: Edited

    def region(self) -> Pixels:
        """The engine's edit region over the whole layer."""
        return self._whole(_plane(self.edited.region))[..., 0]

    def colour(self) -> Pixels:
        """The engine's new colour over the whole layer."""
        return self._whole(_plane(self.edited.variations[0].pixels))

    def _whole(self, part: Pixels) -> Pixels:
        width, height = self.source["size"]
        whole = np.zeros((height, width, part.shape[2]), np.int32)
        box = self.edit.box
        whole[box.y0 : box.y1, box.x0 : box.x1] = part
        return whole


@pytest.fixture(params=APPLIED, ids=lambda kind: str(kind.name))
def row(request: pytest.FixtureRequest, gimp: Gimp, seen: Seen) -> AskedRow | None:
    """None where this GIMP has no such thing."""
    kind: Kind = request.param
    if gimp.name not in kind.versions:
        return None
    result = seen.results[kind.name]
    assert result["status"] == "success", result["message"]
    return AskedRow(kind, result["before"], result["after"], result["copies"], *seen.edits[kind.name])


def test_nothing_but_the_new_layer_changes(row: AskedRow | None) -> None:
    """Every layer that was there keeps all its bytes, its mask, its filters, its kind and its settings."""
    if row is not None:
        check_nothing_but_the_new_layer(row)


def test_outside_the_region_the_picture_is_bit_identical(row: AskedRow | None) -> None:
    """What GIMP shows at the image's own depth; beyond that, as exact as GIMP's compositing is under any layer."""
    if row is not None:
        check_outside(row)


def test_selection_is_the_region_on_the_canvas(row: AskedRow | None) -> None:
    """At the layer's offsets, cut to the canvas; never more than what was selected before."""
    if row is None:
        return
    assert np.array_equal(row.selection(row.after), row.on_canvas(row.region()))


def test_new_layer(row: AskedRow | None) -> None:
    """Above the source, in its parent, of its size, in the image's precision and profile; alpha is region × alpha."""
    if row is not None:
        check_new_layer(row)


def test_alpha_and_colour(row: AskedRow | None) -> None:
    """alpha = round(region × source alpha / 255): what was see-through stays so; colour is the engine's, unblended."""
    if row is None:
        return
    new = row.pixels8(row.after, row.after["new"]).astype(np.int32)
    alpha = _plane(row.edit.image)[..., -1] if row.edit.image.channels in (2, 4) else 255
    box = row.edit.box
    expected = np.zeros(new.shape[:2], np.int32)
    expected[box.y0 : box.y1, box.x0 : box.x1] = np.rint(_plane(row.edited.region)[..., 0] * alpha / 255)
    assert np.array_equal(new[..., -1], expected)
    # Eight linear bits cannot hold every gamma-encoded value.
    coarse = row.before["shown"]["format"].startswith(("RGB", "YA")) and depth_of(row.before["shown"]) == "u8"
    opaque = expected > 0
    assert np.abs(new[..., :-1] - row.colour())[opaque].max(initial=0) <= (13 if coarse else 1)


def test_engine_gets_what_the_user_sees(row: AskedRow | None) -> None:
    """Text and links rendered, live filters applied, in the image's own colours: the only layer equals the picture."""
    if row is None or len(row.before["layers"]) > 1 or row.source["mask"] or not row.source["visible"]:
        return
    box = row.edit.box
    sent = np.zeros((*row.source["size"][::-1], row.edit.image.channels), np.int32)
    sent[box.y0 : box.y1, box.x0 : box.x1] = _plane(row.edit.image)
    inside = np.zeros(sent.shape[:2], bool)
    inside[box.y0 : box.y1, box.x0 : box.x1] = True
    shown = row.pixels8(row.before, row.before["shown"]).astype(np.int32)
    where = row.on_canvas(inside) & (shown[..., -1] > 0)
    colours = row.edit.image.channels - (row.edit.image.channels in (2, 4))
    assert np.abs(row.on_canvas(sent)[where][:, :colours] - shown[where][:, :colours]).max() <= 1


def test_live_filters_are_rendered_twice(row: AskedRow | None) -> None:
    """Once for the engine, once to see before applying whether anything changed; other layers are never copied."""
    if row is not None:
        assert row.copies == (2 if row.source["filters"] else 0)


def test_over_an_opaque_layer_the_formula_holds(row: AskedRow | None) -> None:
    """IN·(1−m) + new·m within 1 in 8 gamma-encoded bits."""
    if row is None or len(row.before["layers"]) > 1 or row.source["mask"] or row.source["filters"]:
        return
    if (
        row.kind.encoding == "linear"
        or row.after["new"]["composite_space"] == "rgb-linear"
        or row.kind.name == "hidden"
    ):
        return
    before = row.pixels8(row.before, row.before["shown"]).astype(np.int32)
    after = row.pixels8(row.after, row.after["shown"]).astype(np.int32)
    m = row.on_canvas(row.region())[..., None] / 255
    formula = np.rint(before[..., :-1] * (1 - m) + row.on_canvas(row.colour()) * m)
    opaque = before[..., -1] == 255
    assert np.abs(after[..., :-1] - formula)[opaque].max(initial=0) <= 1


@pytest.mark.parametrize("kind", REFUSED, ids=lambda kind: str(kind.name))
def test_refused_in_one_sentence_with_nothing_changed(kind: Kind, gimp: Gimp, seen: Seen) -> None:
    """The sentence says what to do; layers, channels, selection and picture stay."""
    if gimp.name not in kind.versions:
        return
    result = seen.results[kind.name]
    assert result["status"] == "error" and kind.refused in result["message"], result["message"]
    folders = [Path(result[when]["folder"]) for when in ("before", "after")]
    before, after = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert before == after
    assert {**result["before"], "folder": ""} == {**result["after"], "folder": ""}
