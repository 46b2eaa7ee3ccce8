"""COCO files for tests: three images, two of them with cats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from text_replace_engine.batch.coco.segmentation import Mask, encoded
from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.batch.sources.asked import Asked
from text_replace_engine.batch.sources.coco import CocoFile

CAT, CAR = 3, 8


def document() -> dict[str, Any]:
    """In image 10 a cat by its polygon, another by run lengths, a car and a crowd of cats; in 11 a car; in 12 a cat's
    box.
    """
    crowd = {"size": [40, 60], "counts": [0, 40, 2360]}
    square = [[5, 5, 20, 5, 20, 20, 5, 20]]
    return {
        "info": {"description": "Ours"},
        "licenses": [{"id": 1, "name": "CC BY 4.0", "url": ""}],
        "images": [
            _image(10, "a/one.png", license=1, coco_url="there", date_captured="2013-11-14"),
            _image(11, "b/one.png"),
            _image(12, "b/two.png"),
        ],
        "annotations": [
            _annotation(100, 10, CAT, segmentation=square, bbox=[5, 5, 15, 15]),
            _annotation(101, 10, CAR, segmentation=[[1, 25, 9, 25, 9, 33]], bbox=[1, 25, 8, 8], area=32, score=0.5),
            _annotation(102, 10, CAT, segmentation=encoded(_box(30, 10, 50, 30)), bbox=[30, 10, 20, 20]),
            _annotation(103, 10, CAT, iscrowd=1, segmentation=crowd, bbox=[0, 0, 1, 40]),
            _annotation(104, 11, CAR, bbox=[1, 1, 9, 9]),
            _annotation(105, 12, CAT, segmentation=[], bbox=[15.5, 10.2, 14.9, 9.9]),
        ],
        "categories": [{"id": CAT, "name": "cat", "supercategory": "animal"}, {"id": CAR, "name": "car"}],
    }


def source(folder: Path, document: object, **fields: Any) -> CocoFile:
    """Of a file in `folder`; cats are to be dogs, unless fields say otherwise."""
    path = folder / "instances_some.json"
    path.write_text(json.dumps(document))
    return CocoFile(path, Asked({"replace": ["cat"], "with": ["dog"], **fields}))


def jobs(source: CocoFile) -> list[Job]:
    """All of them, where none is broken."""
    assert not [job for job in source.jobs if isinstance(job, Broken)], source.jobs
    return [job for job in source.jobs if isinstance(job, Job)]


def _image(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "file_name": name, "width": 60, "height": 40, **more}


def _annotation(number: int, image: int, category: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "image_id": image, "category_id": category, "iscrowd": 0, **more}


def _box(x0: int, y0: int, x1: int, y1: int) -> Mask:
    mask = np.zeros((40, 60), bool)
    mask[y0:y1, x0:x1] = True
    return mask
