"""`cases.jsonl`: what of a folder is a case, and what is said of what is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from text_replace_engine.lab.benchmark.case import Broken, Case
from text_replace_engine.lab.benchmark.sources.json_lines import JsonLines
from text_replace_engine.lab.benchmark.sources.registry import source_in
from text_replace_wire.errors import BadImage, UserError

APPLE = {"picture": "a.png", "replace": "apple", "with": "pear"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A grey picture with alpha of 4×3 pixels, and masks of its size and of another."""
    Image.fromarray(np.full((3, 4, 2), 90, np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(np.full((3, 4), 255, np.uint8)).save(tmp_path / "mask.png")
    Image.fromarray(np.full((3, 3), 255, np.uint8)).save(tmp_path / "other.png")
    return tmp_path


def _entries(folder: Path, *lines: object) -> tuple[Case | Broken, ...]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "cases.jsonl").write_text("\n".join(texts) + "\n", encoding="utf-8")
    return JsonLines(folder, seed=7).entries


def test_a_line_says_all_there_is_about_a_case(folder: Path) -> None:
    """Every key arrives; transparency is left out; what is left out has the documented value."""
    full = {
        **APPLE,
        "id": "one-1",
        "seed": 3,
        "mask": "mask.png",
        "source_prompt": "an apple",
        "target_prompt": "a pear",
        "category": "fruit",
    }
    first, second = _entries(folder, full, "", APPLE)
    assert isinstance(first, Case) and isinstance(second, Case)
    said = first.id, first.replace, first.with_, first.seed, first.source_prompt, first.target_prompt, first.category
    assert said == ("one-1", "apple", "pear", 3, "an apple", "a pear", "fruit")
    assert first.read().shape == (3, 4, 1) and first.read().max() == 90
    assert first.reference is not None and (first.reference() == 255).all()
    assert (second.id, second.seed, second.reference, second.category) == ("0003", 7, None, "")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"picture": "a.png",', "this is no JSON"),
        ("[1]", "this is no JSON object"),
        ({"picture": "a.png", "replace": "apple"}, "“with” is missing"),
        ({**APPLE, "maks": "mask.png"}, "there is no key “maks”"),
        ({**APPLE, "category": 3}, "“category” is no text"),
        ({**APPLE, "category": "\ud800"}, "“category” has characters that cannot be read"),
        ({**APPLE, "seed": -1}, "the seed -1 is no whole number"),
        ({**APPLE, "seed": True}, "the seed True is no whole number"),
        ({**APPLE, "id": "../a"}, "the id “../a” is no name for files"),
        ({**APPLE, "replace": " "}, "“replace” is empty"),
        ({**APPLE, "picture": "b.png"}, "there is no file “b.png”"),
        ({**APPLE, "mask": "b.png"}, "there is no file “b.png”"),
        ({**APPLE, "id": "0001"}, "the id “0001” is that of line 1"),
    ],
)
def test_a_broken_line_is_told_by_its_number_and_the_others_go_on(folder: Path, line: object, sentence: str) -> None:
    """Whoever wrote the file finds the line, and what to do about it."""
    good, broken, after = _entries(folder, APPLE, line, APPLE)
    assert isinstance(good, Case) and isinstance(broken, Broken) and isinstance(after, Case)
    assert broken.why.startswith(f"“cases.jsonl”, line 2: {sentence}") and broken.why.endswith(".")


def test_a_mask_of_another_size_is_refused_when_it_is_read(folder: Path) -> None:
    """It would be measured in the wrong place."""
    (case,) = _entries(folder, {**APPLE, "mask": "other.png"})
    assert isinstance(case, Case) and case.reference is not None
    with pytest.raises(BadImage, match="3×3 pixels and the picture 4×3"):
        case.reference()


def test_a_mask_without_white_is_refused(folder: Path) -> None:
    """A label map of 0 and 1, or an empty mask, has no object in it: everything would be background, and look kept."""
    Image.fromarray(np.eye(3, 4, dtype=np.uint8)).save(folder / "labels.png")
    (case,) = _entries(folder, {**APPLE, "mask": "labels.png"})
    assert isinstance(case, Case) and case.reference is not None
    with pytest.raises(BadImage, match=r"labels\.png” has no white \(255\), its lightest pixel is 1:"):
        case.reference()


def test_a_case_changes_with_its_files(folder: Path) -> None:
    """Another picture or mask under the same name is another case; a copy of the folder has the same ones."""
    (case,) = _entries(folder, {**APPLE, "mask": "mask.png"})
    assert isinstance(case, Case)
    before = case.stamp()
    assert case.stamp() == before
    Image.fromarray(np.full((3, 4), 254, np.uint8)).save(folder / "mask.png")
    assert case.stamp() != before


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    """One sentence says what it should hold."""
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UserError, match=r"cases\.jsonl"):
            source_in(folder, 0)
