"""The procedure in headless GIMPs: edits by a real engine with the starter models, and every kind of layer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.gimp.conftest import PICTURE
from tests.gimp.gimps import Gimp, run_scenario
from tests.plugin import fake_engine

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

Pixels = npt.NDArray[np.int32]
Results = dict[str, Any]

#: Where the apple is in the sample picture, x0 y0 x1 y1.
APPLE = (100, 274, 327, 491)
#: Its left half, as a selection.
HALF = (90, 260, 215, 500)

PAINTED = ["plain", "larger than the canvas", "selected"]
APPLIED = [*PAINTED, "smaller than the canvas", "gray", "16 bit"]
REFUSED = {
    "not found": "I looked for .*truck.* and saw .*apple",
    "not found in the selection": "I looked for .*apple",
    "empty replace": "“Replace” is empty",
    "empty with": "“With” is empty",
    "zebra": "cannot paint .*zebra",
    "selection beside the layer": "selection lies outside the active layer",
    "group": "layer group",
    "one pixel": "I looked for",
}
#: GIMP 3 itself replaces such values by the defaults.
REFUSED_VALUES = {
    "bad preset": "no preset “dreamy”; use standard, fast, best, paper",
    "bad seed": "The seed is -5",
}


@pytest.fixture(scope="session")
def results(gimp: Gimp, home: Path) -> Results:
    """What two GIMP processes left: one works with the real engine, one with an engine that answers at once."""
    real = run_scenario(gimp, "replacements", home, picture=PICTURE, half=HALF)
    state = gimp.folder / "quick-state"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(state))
        with fake_engine.running():
            return {**real, **run_scenario(gimp, "layer_kinds", state, picture=PICTURE)}


@dataclass(frozen=True)
class Layer:
    facts: dict[str, Any]
    pixels: Pixels

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def alpha(self) -> Pixels:
        opaque = np.full(self.pixels.shape[:2], 255, np.int32)
        return self.pixels[..., -1] if self.facts["channels"] in (2, 4) else opaque

    def on(self, canvas: Pixels) -> Pixels:
        """The part of a plane of the canvas that lies under the layer; 0 beside the canvas."""
        width, height = self.facts["size"]
        x, y = self.facts["offsets"]
        under = np.zeros((height, width), np.int32)
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + width, canvas.shape[1]), min(y + height, canvas.shape[0])
        under[y0 - y : y1 - y, x0 - x : x1 - x] = canvas[y0:y1, x0:x1]
        return under


@dataclass(frozen=True)
class Image:
    layers: list[Layer]
    selection: Pixels
    shown: Pixels
    channels: int


def _raw(path: str, height: int, width: int) -> Pixels:
    data = np.frombuffer(Path(path).read_bytes(), np.uint8).astype(np.int32)
    return data.reshape(height, width, -1)


def image(dump: dict[str, Any]) -> Image:
    width, height = dump["canvas"]
    layers = [Layer(facts, _raw(facts["pixels"], facts["size"][1], facts["size"][0])) for facts in dump["layers"]]
    chosen = (
        _raw(dump["selection"], height, width)[..., 0] if dump["selection"] else np.zeros((height, width), np.int32)
    )
    return Image(layers, chosen, _raw(dump["shown"], height, width), dump["channels"])


def same(one: Layer, other: Layer) -> bool:
    """A group's pixels are those of its layers, so only its facts count."""
    facts = {**one.facts, "pixels": ""} == {**other.facts, "pixels": ""}
    return facts and (one.facts["group"] or np.array_equal(one.pixels, other.pixels))


def images(results: Results, case: str) -> tuple[Image, Image]:
    return image(results[case]["before"]), image(results[case]["after"])


@pytest.mark.parametrize("case", APPLIED)
def test_new_layer_above_the_untouched_source(results: Results, case: str) -> None:
    """One more layer, above the source, in its parent, of its size and offsets; all others byte for byte as before."""
    assert results[case]["status"] == "success", results[case]["message"]
    assert results[case]["returned"] == "orange (was apple)"
    before, after = images(results, case)
    new = next(layer for layer in after.layers if layer.name == "orange (was apple)")
    rest = [layer for layer in after.layers if layer is not new]
    assert all(same(*pair) for pair in zip(before.layers, rest, strict=True))
    source = rest[-1]
    assert after.layers.index(new) == after.layers.index(source) - 1
    for fact in ("size", "offsets", "parent"):
        assert new.facts[fact] == source.facts[fact]
    assert (new.facts["mode"], new.facts["opacity"]) == ("normal", 100.0)
    assert new.facts["composite_space"] in ("rgb-non-linear", "rgb-perceptual")
    assert after.channels == 0


@pytest.mark.parametrize("case", APPLIED)
def test_alpha_and_selection_are_the_edit_region(results: Results, case: str) -> None:
    """Selection = region cut to layer and canvas; the new layer's alpha = round(region × source alpha / 255)."""
    before, after = images(results, case)
    new = next(layer for layer in after.layers if layer.name == "orange (was apple)")
    source = before.layers[-1]
    region = new.on(after.selection)
    on_canvas = new.on(np.ones_like(after.selection)) > 0
    expected = np.rint(region * source.alpha / 255)
    assert np.array_equal(new.alpha[on_canvas], expected[on_canvas])
    assert region.max() > 127
    assert after.selection.sum() == region.sum(), "nothing beside the layer is selected"


@pytest.mark.parametrize("case", PAINTED)
def test_the_apple_was_replaced(results: Results, case: str) -> None:
    """The region lies on the apple, not on the cat or the tree."""
    before, after = images(results, case)
    region = before.layers[-1].on(after.selection)
    x0, y0, x1, y1 = APPLE
    near = region[max(y0 - 60, 0) : y1 + 60, max(x0 - 60, 0) : x1 + 60].sum()
    assert near > 0.95 * region.sum()
    assert (region[y0:y1, x0:x1] > 127).sum() > 0.2 * (x1 - x0) * (y1 - y0)


def test_outside_the_region_nothing_changes_and_inside_it_blends(results: Results) -> None:
    """Over an opaque layer GIMP shows IN·(1−m) + new·m within 1, and exactly IN where m is 0."""
    before, after = images(results, "plain")
    new, source = after.layers[0], before.layers[-1]
    m = after.selection[..., None] / 255
    formula = np.rint(source.pixels[..., :3] * (1 - m) + new.pixels[..., :3] * m)
    assert np.abs(after.shown[..., :3] - formula).max() <= 1
    untouched = after.selection == 0
    assert np.array_equal(after.shown[untouched], before.shown[untouched])
    assert np.abs(after.shown - before.shown).max() > 30, "something was painted"


def test_same_seed_same_picture(results: Results) -> None:
    """Bit for bit repeatable on one machine."""
    first, second = images(results, "plain")[1], images(results, "repeated")[1]
    assert same(first.layers[0], second.layers[0]) and np.array_equal(first.selection, second.selection)


def test_edit_again_gives_the_same_picture(results: Results) -> None:
    """The recipe alone, saved with the image and read from it again, gives every pixel and the selection again."""
    assert results["again"]["status"] == "success", results["again"]["message"]
    first, again = images(results, "repeated")[1], image(results["again"])
    new, older = again.layers[0], again.layers[1]
    assert len(again.layers) == len(first.layers) + 1 and (new.alpha > 0).any()
    assert np.array_equal(new.pixels, older.pixels) and np.array_equal(older.pixels, first.layers[0].pixels)
    assert np.array_equal(again.selection, first.selection)


def test_selection_limits_the_edit(results: Results) -> None:
    """Nowhere more than the selection that was there, soft edges included."""
    before, after = images(results, "selected")
    assert before.selection[before.selection < 255].max() > 0, "the selection has a soft edge"
    assert (after.selection <= before.selection).all()


@pytest.mark.parametrize("case", [*REFUSED, *REFUSED_VALUES])
def test_refused_with_a_sentence_and_nothing_touched(gimp: Gimp, results: Results, case: str) -> None:
    """The caller gets the cause; layers and selection stay as they were."""
    if case in REFUSED_VALUES and gimp.name != "2.10":
        assert case not in results
        return
    assert results[case]["status"] == "error"
    sentence = {**REFUSED, **REFUSED_VALUES}[case]
    assert re.search(sentence, results[case]["message"]), results[case]["message"]
    before, after = images(results, case)
    assert all(same(*pair) for pair in zip(before.layers, after.layers, strict=True))
    assert np.array_equal(before.selection, after.selection)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("too large", "100 megapixels"),
        ("indexed", "Image → Mode → RGB"),
        ("layer of another image", "belongs to another image"),
    ],
)
def test_layer_that_is_not_even_read(results: Results, case: str, words: str) -> None:
    """10,001 × 10,000 pixels, and a palette: refused at once, with the limit or the remedy."""
    assert results[case]["status"] == "error" and words in results[case]["message"]
