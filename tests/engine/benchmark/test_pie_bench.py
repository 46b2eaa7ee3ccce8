"""PIE-Bench's layout: masks as its own evaluation reads them, and which entries replace an object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from text_replace_engine.lab.benchmark.case import Broken, Case
from text_replace_engine.lab.benchmark.sources.pie_bench import PieBench, decoded
from text_replace_engine.lab.benchmark.sources.registry import source_in
from text_replace_wire.errors import BadImage, UserError

CAT = {
    "image_path": "1_change_object_80/cat.png",
    "original_prompt": "a [black cat] on a bench",
    "editing_prompt": "a [white dog] on a bench",
    "editing_instruction": "change the cat to a dog",
    "editing_type_id": "1",
    "blended_word": "cat dog",
    "mask": [512 * 10 + 20, 3, 512 * 11 + 20, 2],
}


def _benchmark(folder: Path, entries: Any, side: int = 512) -> PieBench:
    pictures = folder / "annotation_images" / "1_change_object_80"
    pictures.mkdir(parents=True)
    Image.new("RGB", (side, 512)).save(pictures / "cat.png")
    (folder / "mapping_file.json").write_text(json.dumps(entries), encoding="utf-8")
    source = source_in(folder, 5)
    assert isinstance(source, PieBench)
    return source


def test_a_mask_is_decoded_row_by_row() -> None:
    """Runs begin where they say, wrap at the end of a row, and end with the picture; the border is neither object nor
    background, but where it is in the mask.
    """
    mask = decoded([512 * 10 + 510, 4, 512 * 512 - 2, 100])
    assert set(map(tuple, np.argwhere(mask == 255).tolist())) == {
        (10, 510), (10, 511), (11, 0), (11, 1), (511, 510), (511, 511),
    }  # fmt: skip
    border = np.ones((512, 512), bool)
    border[1:-1, 1:-1] = False
    assert ((mask > 0) & ~border).sum() == 2 and (mask[border] > 0).all()
    assert (mask[border & (mask < 255)] == 127).all()


def test_an_entry_that_replaces_an_object_is_a_case(tmp_path: Path) -> None:
    """The words are the bracketed ones around the blended ones, and prompts are without brackets."""
    (case,) = _benchmark(tmp_path, {"000000000001": CAT}).entries
    assert isinstance(case, Case)
    assert (case.id, case.replace, case.with_, case.seed) == ("000000000001", "black cat", "white dog", 5)
    assert (case.source_prompt, case.target_prompt) == ("a black cat on a bench", "a white dog on a bench")
    assert case.category == "change object"
    assert case.read().shape == (512, 512, 3)
    assert case.reference is not None and (case.reference() == 255).sum() == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"original_prompt": "a cat on a bench", "editing_prompt": "a dog on a bench"}, ("cat", "dog")),
        ({"editing_type_id": "0"}, ("black cat", "white dog")),
        ({"blended_word": ""}, ("black cat", "white dog")),
        ({"blended_word": "", "editing_type_id": "0"}, None),
        ({"blended_word": "cat cat"}, None),
        ({"editing_type_id": "2"}, None),
        ({"editing_type_id": "3"}, None),
        ({"editing_type_id": "8"}, None),
        ({"editing_type_id": "9"}, None),
    ],
)
def test_what_is_no_replacement_is_counted(tmp_path: Path, changes: Any, words: tuple[str, str] | None) -> None:
    """Nobody takes the figures for those of the whole benchmark."""
    source = _benchmark(tmp_path, {"000000000001": {**CAT, **changes}})
    cases = [case for case in source.entries if isinstance(case, Case)]
    assert [(case.replace, case.with_) for case in cases] == ([] if words is None else [words])
    assert list(source.left_out.values()) == ([1] if words is None else [])


def test_a_broken_entry_is_told_by_its_id(tmp_path: Path) -> None:
    """The others go on."""
    entries = {
        "a": {**CAT, "mask": [1]},
        "b": {**CAT, "image_path": "none.jpg"},
        "c": {**CAT, "blended_word": None},
        "d/e": CAT,
        "f": 3,
        "g": CAT,
    }
    *broken, good = _benchmark(tmp_path, entries).entries
    assert isinstance(good, Case)
    for identifier, entry in zip(entries, broken, strict=False):
        assert isinstance(entry, Broken) and entry.why.startswith(f"“mapping_file.json”, entry “{identifier}”: ")


def test_a_picture_of_another_size_than_its_mask_is_refused(tmp_path: Path) -> None:
    """Masks say nothing about pictures that were scaled or cropped."""
    (case,) = _benchmark(tmp_path, {"a": CAT}, side=256).entries
    assert isinstance(case, Case) and case.reference is not None
    with pytest.raises(BadImage, match="256×512 pixels and its mask 512×512"):
        case.reference()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """One sentence instead of a traceback."""
    with pytest.raises(UserError, match="mapping_file.json"):
        _benchmark(tmp_path, [CAT])
