"""COCO files as the input of a batch: which objects are replaced, what stays, and what is said of damaged files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.batch.coco_files import document, jobs, source
from text_replace_engine.batch.job import Broken
from text_replace_engine.batch.sources.asked import Asked
from text_replace_engine.batch.sources.coco import CocoFile
from text_replace_engine.batch.sources.registry import source_of
from text_replace_wire.errors import UserError
from text_replace_wire.pairs import Pair

NAMES = ("a/one.png", "b/one.png", "b/two.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that are called as pictures are; nobody looks into them."""
    _fill(tmp_path)
    return tmp_path


def _fill(folder: Path) -> None:
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _annotations(of: tuple[Any, ...]) -> list[int]:
    return [each["id"] for each in of]


def test_every_single_object_of_the_category_is_replaced(folder: Path) -> None:
    """One result has all of them, each at its own annotation; crowds and other categories stay, and images without the
    category are left out and counted.
    """
    coco = source(folder, document())
    first, second = jobs(coco)
    assert first.wanted.typed == (Pair("cat", "dog"),) * 2 and second.wanted.typed == (Pair("cat", "dog"),)
    assert _annotations(first.known) == [100, 102] and _annotations(first.carried) == [101, 103]
    assert _annotations(second.known) == [105] and not second.carried
    assert first.categories == ("dog", "dog") and first.image["license"] == 1
    assert first.wanted.source == folder / "a/one.png"
    assert coco.notes == ["Left out: 1 image without a single “cat” in “instances_some.json”."]
    assert set(coco.coco) == {"info", "licenses", "categories"}


def test_categories_are_found_in_any_letters(folder: Path) -> None:
    """Whoever types “Cat” means the category “cat”, and new objects are called what --category says."""
    (first, _) = jobs(source(folder, document(), replace=["Cat"], category="puppy"))
    assert first.categories == ("puppy", "puppy") and len(first.known) == 2


def test_pictures_of_one_name_in_several_folders_have_ids_of_their_own(folder: Path) -> None:
    """Results lie in one folder, and ids do not depend on what else is asked."""
    changed = document()
    changed["annotations"][4]["category_id"] = changed["annotations"][0]["category_id"]
    first, second, third = (job.id for job in jobs(source(folder, changed)))
    assert first == "one" and second.startswith("one-") and third == "two"
    assert [first, second, third] == [job.id for job in jobs(source(folder, changed, **{"with": ["pear"]}))]


@pytest.mark.parametrize("place", ["", "images", "../some", "../images/some"])
def test_pictures_are_where_others_have_them(tmp_path: Path, place: str) -> None:
    """Beside the file; in “images”, as our own results; or where COCO's own files have theirs."""
    annotations = tmp_path / "annotations"
    annotations.mkdir()
    _fill(annotations / place)
    (first, _) = jobs(source(annotations, document()))
    assert first.wanted.source == annotations / place / "a/one.png"


def test_objects_can_be_removed(folder: Path) -> None:
    """Nothing is painted in their place then, and no annotation of it is asked for."""
    (first, _) = jobs(source(folder, document(), **{"with": [], "remove": True}))
    assert first.wanted.painting.remove and first.wanted.typed == (Pair("cat"),) * 2


def _without(of: str, number: int, key: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: document[of][number].pop(key)


def _with(of: str, number: int, key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document[of][number].__setitem__(key, value)


def _many(document: dict[str, Any]) -> None:
    document["annotations"] += [{**document["annotations"][0], "id": 200 + number} for number in range(7)]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_without("images", 0, "file_name"), "has no “file_name”"),
        (_with("images", 0, "file_name", 5), "has no “file_name”"),
        (_with("images", 0, "file_name", "c.png"), "no file “c.png”"),
        (_without("images", 0, "width"), "“width” and “height”"),
        (_with("images", 0, "height", 0), "“width” and “height”"),
        (_many, "9 objects"),
    ],
)
def test_a_damaged_image_fails_alone(folder: Path, damage: Callable[[dict[str, Any]], None], said: str) -> None:
    """The sentence says in which file and image, and the others are made all the same."""
    changed = document()
    damage(changed)
    first, second = source(folder, changed).jobs
    assert isinstance(first, Broken) and not isinstance(second, Broken)
    assert first.why.startswith("“instances_some.json”, image 10: ") and said in first.why


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda document: document.pop("images"), "list “images”"),
        (lambda document: document.pop("categories"), "list “categories”"),
        (lambda document: document.update(annotations={}), "list “annotations”"),
        (lambda document: document["images"].append(5), "images[3] is no object"),
        (_without("annotations", 2, "image_id"), "annotations[2] has no “image_id” that is a whole number"),
        (_without("annotations", 2, "category_id"), "annotations[2] has no “category_id”"),
        (_with("images", 1, "id", "11"), "images[1] has no “id” that is a whole number"),
        (_with("images", 2, "id", 10), "images[2] has the id 10 of images[0]"),
        (_without("categories", 0, "name"), "categories[0] has no “name” that is a text"),
        (_with("categories", 0, "name", "dog"), "no category “cat”: name one of dog, car"),
        (lambda document: document.update(annotations=[]), "no image with “cat”"),
    ],
)
def test_damaged_files_are_refused(folder: Path, damage: Callable[[dict[str, Any]], None], said: str) -> None:
    """What nobody could tell apart is refused as a whole, in a sentence that says where in the file."""
    changed = document()
    damage(changed)
    with pytest.raises(UserError) as raised:
        assert source(folder, changed).jobs
    assert said in str(raised.value) and "instances_some.json" in str(raised.value)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_coco_file_is_refused(tmp_path: Path, text: bytes) -> None:
    """Whatever is in a file that ends in .json, it is a sentence."""
    path = tmp_path / "x.json"
    path.write_bytes(text)
    with pytest.raises(UserError, match=r"“x\.json” is no "):
        assert source_of(path, Asked({"replace": ["cat"], "with": ["dog"]})).jobs


def test_annotations_of_no_image_are_counted(folder: Path) -> None:
    """Files from which images were taken out are common: their annotations are no mistake."""
    changed = document()
    del changed["images"][0]
    assert "Left out: 4 annotations of an image that is not in “instances_some.json”." in source(folder, changed).notes


def test_several_categories_at_once_are_refused(folder: Path) -> None:
    """How many pairs there are is what the annotations say."""
    coco = source(folder, document(), replace=["cat", "car"], **{"with": ["dog", "bus"]})
    with pytest.raises(UserError, match="one category"):
        assert coco.jobs


def test_json_files_are_coco_files(folder: Path) -> None:
    """The ending decides."""
    source(folder, document())
    assert isinstance(source_of(folder / "instances_some.json", Asked({})), CocoFile)
