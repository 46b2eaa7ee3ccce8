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
from tests.gimp.inside.kinds import HEIGHT, TABLE, WIDTH, Kind
from tests.plugin import fake_engine
from text_replace_wire.api import Edited
from text_replace_wire.messages import Edit
from text_replace_wire.planes import Plane

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

Pixels = npt.NDArray[Any]

_DTYPES = {"u8": "u1", "u16": "u2", "u32": "u4", "half": "f2", "float": "f4", "double": "f8"}
#: How far GIMP's compositing, in 32-bit floats, moves values under a layer that is transparent there: of 1.0.
_ROUNDING = {"u8": 0.0, "u16": 0.0, "half": 0.0, "u32": 2e-6, "float": 2e-6, "double": 2e-6}
#: The same for 16 bits in another encoding than the one that blends: one step; and where grey has its own profile: GIMP
#: composites grey in RGB, through curves that are approximations, whatever the layer on top is.
_ONE_STEP, _GREY_PROFILE = 1 / 65535, 32 / 65535

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
class Row:
    kind: Kind
    before: dict[str, Any]
    after: dict[str, Any]
    copies: int
    edit: Edit
    edited: Edited

    def layers(self, when: dict[str, Any]) -> list[dict[str, Any]]:
        """Facts and pixels of all layers but the new one."""
        names = ("", " mask")
        files = {name: Path(when["folder"]) for name in names}
        return [
            {**facts, **{name: _bytes(folder / f"{facts['file']}{name}") for name, folder in files.items()}}
            for facts in when["layers"]
        ]

    @property
    def source(self) -> dict[str, Any]:
        """The layer that was edited."""
        sources = [facts for facts in self.before["layers"] if not facts["group"] and facts["name"] != "below"]
        assert len(sources) == 1
        return dict(sources[0])

    def pixels8(self, when: dict[str, Any], facts: dict[str, Any]) -> Pixels:
        """8-bit pixels, gamma-encoded, in the layer's own space: (h, w, c)."""
        return _array(Path(when["folder"]) / f"{facts['file']} 8 bit", np.uint8, facts["size"])

    def shown(self, when: dict[str, Any]) -> Pixels:
        """What GIMP shows, in the image's own depth: (h, w, c)."""
        return _array(Path(when["folder"]) / "shown", _DTYPES[_depth(when["shown"])], (WIDTH, HEIGHT))

    def selection(self, when: dict[str, Any]) -> Pixels:
        return _array(Path(when["folder"]) / "selection", np.uint8, (WIDTH, HEIGHT))[..., 0].astype(np.int32)

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

    def on_canvas(self, layer: Pixels) -> Pixels:
        """A plane of the layer's pixels at its place on the canvas; 0 elsewhere."""
        x, y = self.source["offsets"]
        canvas = np.zeros((HEIGHT, WIDTH, *layer.shape[2:]), layer.dtype)
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + layer.shape[1], WIDTH), min(y + layer.shape[0], HEIGHT)
        canvas[y0:y1, x0:x1] = layer[y0 - y : y1 - y, x0 - x : x1 - x]
        return canvas


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _array(path: Path, dtype: npt.DTypeLike, size: tuple[int, int]) -> Pixels:
    return np.frombuffer(path.read_bytes(), dtype).reshape(size[1], size[0], -1)


def _depth(facts: dict[str, Any]) -> str:
    return str(facts["format"]).split()[1].split("-")[0]


@pytest.fixture(params=APPLIED, ids=lambda kind: str(kind.name))
def row(request: pytest.FixtureRequest, gimp: Gimp, seen: Seen) -> Row | None:
    """None where this GIMP has no such thing."""
    kind: Kind = request.param
    if gimp.name not in kind.versions:
        return None
    result = seen.results[kind.name]
    assert result["status"] == "success", result["message"]
    return Row(kind, result["before"], result["after"], result["copies"], *seen.edits[kind.name])


def test_nothing_but_the_new_layer_changes(row: Row | None) -> None:
    """Every layer that was there keeps all its bytes, its mask, its filters, its kind and its settings."""
    if row is None:
        return
    assert row.layers(row.before) == row.layers(row.after)
    for fact in ("precision", "profile"):
        assert row.before[fact] == row.after[fact]
    assert row.after["channels"] == [], "no channel is left, and a quick mask ends"


def test_outside_the_region_the_picture_is_bit_identical(row: Row | None) -> None:
    """What GIMP shows at the image's own depth; beyond that, as exact as GIMP's compositing is under any layer."""
    if row is None:
        return
    before, after = row.shown(row.before), row.shown(row.after)
    # Where nothing is shown before and after, the colour of it is nobody's.
    nothing = (before[..., -1] == 0) & (after[..., -1] == 0)
    outside = (row.selection(row.after) == 0) & ~nothing
    assert row.kind.name == "hidden" or 0 < outside.sum() < outside.size
    depth = _depth(row.after["shown"])
    allowed = _ROUNDING[depth]
    if depth == "u16" and (row.kind.encoding != "non-linear" or row.kind.profile):
        allowed = _GREY_PROFILE if row.kind.grey and row.kind.profile else _ONE_STEP
    full = float(np.iinfo(before.dtype).max) if before.dtype.kind == "u" else 1.0
    if not outside.any():
        return
    moved = np.abs(before[outside].astype(float) - after[outside].astype(float)) / full
    assert moved.max() <= allowed
    if row.source["visible"] and row.source["kind"] == "Layer":
        assert not np.array_equal(before[~outside], after[~outside]), "something was painted"


def test_selection_is_the_region_on_the_canvas(row: Row | None) -> None:
    """At the layer's offsets, cut to the canvas; never more than what was selected before."""
    if row is None:
        return
    assert np.array_equal(row.selection(row.after), row.on_canvas(row.region()))


def test_new_layer(row: Row | None) -> None:
    """Above the source, in its parent, of its size, in the image's precision and profile; alpha is region × alpha."""
    if row is None:
        return
    new, source = row.after["new"], row.source
    for fact in ("size", "offsets", "parent", "mask", "mask_applied"):
        assert new[fact] == source[fact], fact
    assert (new["mode"], new["opacity"], new["visible"], new["kind"]) == ("normal", 100.0, True, "Layer")
    assert new["composite_space"] in ("rgb-non-linear", "rgb-perceptual")
    own, given = (str(facts["format"]).partition(" ") for facts in (new, source))
    assert own[2] == given[2] and own[0] == given[0].removesuffix("A") + "A"
    order = row.after["order"]
    assert order.index(new["name"]) == order.index(source["name"]) - 1
    folders = [Path(when["folder"]) for when in (row.after, row.before)]
    masks = [_bytes(folder / f"{facts['file']} mask") for folder, facts in zip(folders, (new, source), strict=True)]
    assert masks[0] == masks[1]


def test_alpha_and_colour(row: Row | None) -> None:
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
    coarse = row.before["shown"]["format"].startswith(("RGB", "YA")) and _depth(row.before["shown"]) == "u8"
    opaque = expected > 0
    assert np.abs(new[..., :-1] - row.colour())[opaque].max(initial=0) <= (13 if coarse else 1)


def test_engine_gets_what_the_user_sees(row: Row | None) -> None:
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


def test_live_filters_are_rendered_twice(row: Row | None) -> None:
    """Once for the engine, once to see before applying whether anything changed; other layers are never copied."""
    if row is not None:
        assert row.copies == (2 if row.source["filters"] else 0)


def test_over_an_opaque_layer_the_formula_holds(row: Row | None) -> None:
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
