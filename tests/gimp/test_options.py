"""Options, results and recipes in real GIMPs, against an engine that paints noise of what it was asked for."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests import exiftool
from tests.engine.cli.picture_files import gradient, jpeg, packet, xmp_properties
from tests.gimp.gimps import Gimp, run_scenario
from tests.plugin import fake_engine
from text_replace_wire import options
from text_replace_wire.api import Edited
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Edit, Find, Found
from text_replace_wire.options import AUTO

pytestmark = [pytest.mark.gimp, pytest.mark.slow]

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
Pixels = npt.NDArray[np.int32]
Results = dict[str, Any]


def noise(request: Edit) -> Edited:
    """The same request gives the same pixels, and any other request others; every variation is painted alone."""
    edited = fake_engine.painted(request)
    variations = []
    for variation in edited.variations:
        asked = dataclasses.replace(
            request,
            seed=variation.report["seed"],
            models=AUTO,
            painting=request.painting.with_options(working_size=None),
            variations=1,
            batch=None,
            place=None,
        )
        seed = int.from_bytes(hashlib.sha256(repr(asked).encode()).digest()[:8], "big")
        pixels = variation.pixels
        data = np.random.default_rng(seed).integers(0, 256, len(pixels.data), np.uint8).tobytes()
        variations.append(dataclasses.replace(variation, pixels=dataclasses.replace(pixels, data=data)))
    region = request.mask if request.mask_kind.value == "region" else edited.region
    return dataclasses.replace(edited, variations=tuple(variations), region=region)


def find(request: Find) -> Found:
    """In the left part, in the right part, or in the middle; an edit of either part needs some of the other."""
    found = fake_engine.found_middle(request)
    width, height = request.layer_size
    sides = {"left": (0, width * 3 // 8), "right": (width * 5 // 8, width)}
    if request.replace not in sides:
        return found
    x0, x1 = sides[request.replace]
    (candidate,) = found.candidates
    box = Box(x0, 0, x1, height)
    needed = box.grown(width // 4).clipped(request.layer_size)
    mask = fake_engine.filled(box.scaled(request.layer_size, request.image.size), request.image.size)
    return dataclasses.replace(found, candidates=(dataclasses.replace(candidate, box=box, edit_box=needed, mask=mask),))


@pytest.fixture(scope="session")
def results(gimp: Gimp) -> Results:
    """One GIMP process for all options."""
    state = gimp.folder / "options-state"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(state))
        with fake_engine.running(find, noise):
            camera = gimp.folder / "camera.jpg"
            told = packet(
                f'<rdf:Description i:DigitalSourceType="{TERMS}digitalCapture" a:b="c" i:PersonInImage="Ann"/>'
            )
            camera.write_bytes(jpeg(gradient((160, 120)), [(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + told)]))
            return run_scenario(gimp, "options", state, camera=camera)


def layer(hexadecimal: str, channels: int = 4) -> Pixels:
    return np.frombuffer(bytes.fromhex(hexadecimal), np.uint8).reshape(120, 160, channels).astype(np.int32)


def canvas(file: str) -> Pixels:
    return np.fromfile(file, np.uint8).reshape(150, 200).astype(np.int32)


def by_name(dump: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {facts["name"]: facts for facts in dump["layers"]}


def test_arguments_are_the_options(results: Results) -> None:
    """Scripts call with names in GIMP 3 and by order in GIMP 2.10: both are the table's, but that GIMP 2.10 has no more
    than it always had.
    """
    names = [option.name for option in options.OPTIONS]
    assert results["arguments"] in (names, names[:13])


def test_variations_in_a_group(results: Results) -> None:
    """Best first, alone visible, the seed in each name, ids and scores given back, the group above the source."""
    found = results["variations"]
    assert found["status"] == "success", found["message"]
    names = [f"orange (was apple), seed {seed}" for seed in (9, 8, 10)]
    assert found["names"] == names and found["scores"] == pytest.approx([0.9, 0.8, 0.0])
    assert [facts["name"] for facts in found["layers"]] == ["orange (was apple)", *names, "source"]
    assert [by_name(found)[name]["visible"] for name in names] == [True, False, False]
    assert {by_name(found)[name]["parent"] for name in names} == {"orange (was apple)"}
    assert found["channels"] == 1
    assert [json.loads(contents)["seed"] for contents in found["recipes"]] == [9, 8, 10]
    assert len(set(found["pixels"])) == 3


def test_a_group_shows_what_one_layer_would(results: Results) -> None:
    """Source·(1 − m) + new·m within 1, through the group."""
    found = results["variations"]
    new, source = layer(found["pixels"][0]), np.fromfile(found["layers"][-1]["pixels"], np.uint8)
    source = source.reshape(120, 160, 4).astype(np.int32)
    shown = np.fromfile(found["shown"], np.uint8).reshape(150, 200, 4).astype(np.int32)[:120, :160]
    opaque = source[..., 3] == 255
    m = new[..., 3:] / 255
    formula = np.rint(source[..., :3] * (1 - m) + new[..., :3] * m)
    assert opaque.any() and np.abs(shown[..., :3] - formula)[opaque].max() <= 1


def test_edit_again_gives_the_same_pixels(results: Results) -> None:
    """After saving and opening: the same pixels from the recipe, above the old result, which is hidden."""
    before, again = results["variations"], results["again"]
    assert again["status"] == "success", again["message"]
    names = [facts["name"] for facts in again["layers"]]
    position = names.index("orange (was apple), seed 8")
    new, old = again["layers"][position - 1], again["layers"][position]
    assert Path(new["pixels"]).read_bytes() == bytes.fromhex(before["pixels"][1])
    assert new["parent"] == old["parent"] and new["visible"] and not old["visible"]


def test_source_gone_and_no_recipe(results: Results) -> None:
    """A sentence each."""
    assert results["source gone"]["status"] == "error"
    assert "“source” (160×120 pixels)" in results["source gone"]["message"]
    assert results["no recipe"]["status"] == "error" and "no recipe" in results["no recipe"]["message"]


def test_my_own_selection_is_the_region(results: Results) -> None:
    """Soft edges included: selection, kept channel and region are the selection that was there."""
    found = results["my selection"]
    assert found["status"] == "success", found["message"]
    old = canvas(found["before"]["selection"])
    assert 0 < old[old > 0].min() < old.max()
    assert np.array_equal(canvas(found["selection"]), old)
    assert bytes.fromhex(found["kept"]) == Path(found["before"]["selection"]).read_bytes()
    new, source = layer(found["pixels"][0]), np.fromfile(found["before"]["layers"][0]["pixels"], np.uint8)
    alpha = np.rint(old[:120, :160] * source.reshape(120, 160, 4)[..., 3] / 255)
    assert np.array_equal(new[..., 3], alpha)


def test_layer_mask_instead_of_alpha(results: Results) -> None:
    """Shows the same; the layer is whole, with the source's pixels around, and its mask is the edit region."""
    plain, masked = results["plain"], results["mask"]
    assert masked["status"] == "success", masked["message"]
    shown = [np.fromfile(found["shown"], np.uint8).reshape(150, 200, 4).astype(np.int32) for found in (plain, masked)]
    assert np.abs(shown[0] - shown[1])[shown[0][..., 3] == 255].max() <= 1
    new, mask = layer(masked["pixels"][0]), layer(masked["masks"][0], 1)[..., 0]
    source = np.fromfile(masked["layers"][-1]["pixels"], np.uint8).reshape(120, 160, 4)
    assert np.array_equal(mask, canvas(masked["selection"])[:120, :160])
    assert np.array_equal(new[..., 3], source[..., 3])
    assert np.array_equal(new[0, 0], source[0, 0]) and mask[0, 0] == 0
    assert plain["masks"] == [""]


PAIRS = ["orange (was left), cat (was right)", "cat (was right)", "orange (was left)"]


def test_pairs_are_a_group(results: Results) -> None:
    """A layer each, the later one above; GIMP shows them laid over the source one after the other, within 1; the
    selection is where anything is new.
    """
    found = results["pairs"]
    assert found["status"] == "success", found["message"]
    assert [facts["name"] for facts in found["layers"]] == [*PAIRS, "source"]
    assert [(facts["parent"], facts["visible"]) for facts in found["layers"]] == [
        ("", True),
        *[(PAIRS[0], True)] * 2,
        ("", True),
    ]
    assert found["names"] == PAIRS[:0:-1], "given back in the order of the pairs"
    source = np.fromfile(found["layers"][-1]["pixels"], np.uint8).reshape(120, 160, 4).astype(np.int32)
    formula, old = source[..., :3].astype(float), np.ones((120, 160))
    opaque = source[..., 3] == 255
    for new in map(layer, found["pixels"]):
        m = new[..., 3:] / 255
        assert (m[opaque] > 0).any() and (m[opaque] == 0).any()
        formula, old = np.rint(formula * (1 - m) + new[..., :3] * m), old * (1 - m[..., 0])
    shown = np.fromfile(found["shown"], np.uint8).reshape(150, 200, 4).astype(np.int32)[:120, :160]
    assert np.abs(shown[..., :3] - formula)[opaque].max() <= 1
    assert np.abs(canvas(found["selection"])[:120, :160] - 255 * (1 - old))[opaque].max() <= 1


def test_edit_again_repeats_all_pairs(results: Results) -> None:
    """From one of the layers, after saving and opening: the same pixels of both, in a group above the old one, which is
    hidden as a whole.
    """
    before, again = results["pairs"], results["pairs again"]
    assert again["status"] == "success", again["message"]
    group, *new = again["layers"][:3]
    assert [Path(facts["pixels"]).read_bytes().hex() for facts in new] == before["pixels"][::-1]
    assert all(facts["parent"] == group["name"] and facts["visible"] for facts in new)
    assert [facts["name"] for facts in again["layers"][3:]] == [*PAIRS, "source"]
    assert [facts["visible"] for facts in again["layers"]] == [True, True, True, False, True, True, True]


def test_edit_again_of_one_that_is_in_the_group_of_others(results: Results) -> None:
    """Made from one of their layers, it is replaced by itself in there: the group and its layers stay as they are."""
    found = results["alone in a group"]
    assert found["status"] == "success", found["message"]
    group, new, older, *others = found["layers"]
    assert new["name"].startswith("pear (was middle)") and older["name"].startswith("pear (was middle)")
    assert [facts["visible"] for facts in (group, new, older)] == [True, True, False]
    assert group["parent"] == "" and new["parent"] == older["parent"] == group["name"]
    assert [facts["visible"] for facts in others] == [
        facts["visible"] for facts in results["pairs again"]["layers"][1:]
    ]


def test_one_object_in_two_pairs(results: Results) -> None:
    """A sentence with both, and nothing is added."""
    found = results["twice"]
    assert found["status"] == "error" and "“left” → “orange” and “left” → “cat”" in found["message"]
    assert [facts["name"] for facts in found["layers"]] == ["source"] and found["channels"] == 0


def test_without_a_recipe_the_file_tells_nothing(gimp: Gimp, results: Results) -> None:
    """No parasite, the layer's name is exactly “Text Replace”, and the saved file has no word of the prompts."""
    found = results["silent"]
    assert (found["names"], found["recipes"]) == (["Text Replace"], [""])
    saved = (gimp.folder / "options" / "silent.xcf").read_bytes()
    assert b"apple" not in saved and b"orange" not in saved
    assert b"apple" in (gimp.folder / "options" / "saved.xcf").read_bytes()


def test_exported_files_are_marked(results: Results) -> None:
    """PNG, JPEG, TIFF and WebP that GIMP itself writes say that generative AI edited the picture, in place of what a
    camera said of its source and beside what else it said. No prompt is in it.
    """
    check_exported(results, "marked", "compositeWithTrainedAlgorithmicMedia", ["Text Replace"])


def test_the_mark_can_be_left_out(gimp: Gimp, results: Results) -> None:
    """Switched off, nothing is changed; scripts of GIMP 2.10, whose arguments stay as they were, cannot ask for it."""
    if gimp.name == "2.10":
        assert "unmarked" not in results
    else:
        check_exported(results, "unmarked", "digitalCapture", [])


def check_exported(results: Results, case: str, source: str, system: list[str]) -> None:
    assert results[case]["status"] == "success", results[case]["message"]
    assert exiftool.source_types(results[case]["files"]) == [TERMS + source] * 4
    for file in results[case]["files"]:
        with Image.open(file) as image:
            told = xmp_properties(image.info["xmp"].rstrip(b"\0"))
        assert [value for name, value in told if name == f"{IPTC}DigitalSourceType"] == [TERMS + source]
        assert [value for name, value in told if name == f"{IPTC}AISystemUsed"] == system
        assert any("Ann" in value for name, value in told if name == f"{IPTC}PersonInImage")
        assert not any(word in value for _, value in told for word in ("apple", "orange"))
