"""The annotations of a batch's results: what loaders of detectors read, and what stays true of COCO files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from tests.engine.batch.coco_files import CAR, CAT, document, source
from text_replace_engine.batch.coco.segmentation import Mask, encoded
from text_replace_engine.batch.coco.writing import annotations_of
from text_replace_engine.batch.entry import Entry, NewObject, Result, Status
from text_replace_engine.batch.job import Source
from text_replace_engine.batch.sources.asked import Asked
from text_replace_engine.batch.sources.folder import Folder
from text_replace_engine.boxes import bounding_box

Results = dict[str, tuple[tuple[NewObject | None, ...], ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pictures of `coco_files`, and a folder for results."""
    for name in ("in/a/one.png", "in/b/one.png", "in/b/two.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40)).save(path)
    (tmp_path / "images").mkdir()
    return tmp_path


def _mask(seed: int) -> Mask:
    """A blob of its own shape."""
    mask = np.zeros((40, 60), bool)
    mask[5 + seed : 20, 10:30] = mask[18:25, 12:20] = True
    return mask


def _new(seed: int, category: str = "dog") -> NewObject:
    mask = _mask(seed)
    box = bounding_box(mask)
    return NewObject(category, (box.x0, box.y0, box.width, box.height), int(mask.sum()), 0.9, encoded(mask))


def _entries(results: Results) -> Callable[[str], Entry | None]:
    """Each variation is a file of its own, and its seed is its number."""

    def entry_of(identifier: str) -> Entry | None:
        if identifier not in results:
            return None
        made = tuple(
            Result(f"images/{identifier}-{number}.png", number, 0.5, objects, {})
            for number, objects in enumerate(results[identifier], 1)
        )
        return Entry(identifier, "", Status.DONE, "", (60, 40), results=made)

    return entry_of


def _written(folder: Path, source: Source, results: Results) -> Path:
    path = folder / "annotations.json"
    path.write_bytes(annotations_of(source, _entries(results)))
    for image in json.loads(path.read_bytes())["images"]:
        Image.new("RGB", (image["width"], image["height"])).save(folder / "images" / image["file_name"])
    return path


def _coco(folder: Path) -> Source:
    return source(folder / "in", document())


def _ours(folder: Path) -> Source:
    """Of pictures about which nothing came in."""
    return Folder(folder / "in/b", Asked({"replace": ["cat"], "with": ["dog"]}))


def test_pycocotools_reads_what_was_made_of_pictures(folder: Path) -> None:
    """Boxes, areas and masks are those of the objects that were found again."""
    coco = COCO(str(_written(folder, _ours(folder), {"one": ((_new(0),),), "two": ((_new(3),),)})))
    assert [image["file_name"] for image in coco.loadImgs(coco.getImgIds())] == ["one-1.png", "two-1.png"]
    (category,) = coco.loadCats(coco.getCatIds())
    assert category["name"] == "dog"
    for seed, annotation in zip((0, 3), coco.loadAnns(coco.getAnnIds()), strict=True):
        assert (coco.annToMask(annotation) == _mask(seed)).all()
        assert annotation["area"] == _mask(seed).sum()
        box = bounding_box(_mask(seed))
        assert annotation["bbox"] == [box.x0, box.y0, box.width, box.height]
        assert not annotation["iscrowd"] and annotation["category_id"] == category["id"]


def test_what_was_replaced_is_gone_and_the_rest_stays(folder: Path) -> None:
    """The other annotations are the file's own but for their ids, crowds too; its licences and categories stay, the new
    one is behind them, and no loader is sent to the picture that was edited.
    """
    written = json.loads(_written(folder, _coco(folder), {"one": ((_new(0), _new(3)),)}).read_bytes())
    given = document()
    (image,) = written["images"]
    assert image == {
        "id": 1,
        "file_name": "one-1.png",
        "width": 60,
        "height": 40,
        "license": 1,
        "date_captured": "2013-11-14",
    }
    assert (written["info"], written["licenses"]) == (given["info"], given["licenses"])
    assert written["categories"] == [*given["categories"], {"id": CAR + 1, "name": "dog"}]
    car, crowd, *new = written["annotations"]
    assert car == {**given["annotations"][1], "id": 1, "image_id": 1}
    assert crowd == {**given["annotations"][3], "id": 2, "image_id": 1} and crowd["category_id"] == CAT
    assert [each["category_id"] for each in new] == [CAR + 1] * 2 and [each["id"] for each in new] == [3, 4]


@pytest.mark.parametrize("name", ["car", "Car"])
def test_a_category_that_is_there_is_used(folder: Path, name: str) -> None:
    """A cat that becomes a car is one of the file's cars, in capitals or not: a detector learns one class of them."""
    cars = source(folder / "in", document(), **{"with": ["car"], "category": name})
    written = json.loads(_written(folder, cars, {"two": ((_new(0, name),),)}).read_bytes())
    assert written["categories"] == document()["categories"]
    assert [each["category_id"] for each in written["annotations"]] == [CAR]


def test_what_was_not_found_again_is_left_out(folder: Path) -> None:
    """A picture with an object that nobody has outlined would teach a detector that there is none; other variations of
    it stay, each with all annotations.
    """
    results: Results = {"one": ((_new(0), None), (_new(1), _new(2))), "two": ((None,),)}
    written = json.loads(_written(folder, _coco(folder), results).read_bytes())
    assert [image["file_name"] for image in written["images"]] == ["one-2.png"]
    assert len(written["annotations"]) == 4 and {each["image_id"] for each in written["annotations"]} == {1}


def test_what_failed_or_was_not_kept_is_left_out(folder: Path) -> None:
    """There is no file of it."""
    failed = Entry("one", "", Status.FAILED, "", kind="usage", error="No.")
    unkept = Entry("two", "", Status.DONE, "", (60, 40), results=(Result("", 1, 0.1, (), {}),))
    written = json.loads(annotations_of(_coco(folder), {"one": failed, "two": unkept}.get))
    assert not written["images"] and not written["annotations"] and len(written["categories"]) == 3


def test_pictures_from_which_objects_were_removed_stay(folder: Path) -> None:
    """There is nothing to be found again, and what else is in them is still true."""
    removed = source(folder / "in", document(), **{"with": [], "remove": True})
    written = json.loads(_written(folder, removed, {"one": ((),), "two": ((),)}).read_bytes())
    assert len(written["images"]) == 2 and len(written["annotations"]) == 2
    assert written["categories"] == document()["categories"]


def test_annotations_are_the_same_bytes_each_time(folder: Path) -> None:
    """They follow from input and results, whatever was made first; what is not there yet changes no category's id."""
    results: Results = {"one": ((_new(0), _new(1)),), "two": ((_new(2),),)}
    whole = annotations_of(_coco(folder), _entries(results))
    assert annotations_of(_coco(folder), _entries(dict(reversed(results.items())))) == whole
    part: Any = json.loads(annotations_of(_coco(folder), _entries({"two": results["two"]})))
    assert part["categories"] == json.loads(whole)["categories"] and len(part["images"]) == 1
