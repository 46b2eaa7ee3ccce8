"""The annotations of a batch's results: what a detector can be trained on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from text_replace_engine.batch.entry import Entry, Result, Status
from text_replace_engine.batch.job import Broken, Coco, Job, Source, category_key

#: What an image's entry says of the picture that came in, and is not true of the result: loaders fetch from there.
_OF_THE_OLD = frozenset({"id", "file_name", "width", "height", "coco_url"})


def annotations_of(source: Source, entry_of: Callable[[str], Entry | None]) -> bytes:
    """A COCO file of all results in which every new object was found again, in the input's order; the same input and
    results give the same bytes. entry_of: by an id, where there is one.

    The objects that were replaced are left out, the other annotations are the input's, but for their ids.
    """
    jobs = [job for job in source.jobs if not isinstance(job, Broken)]
    categories = _categories(source.coco, jobs)
    ids = {category_key(category["name"]): category["id"] for category in reversed(categories)}
    images: list[Coco] = []
    annotated: list[Coco] = []
    for job in jobs:
        for entry, result in _kept(entry_of(job.id)):
            assert entry.size is not None
            width, height = entry.size
            own = {key: value for key, value in job.image.items() if key not in _OF_THE_OLD}
            place = {"id": len(images) + 1, "file_name": PurePosixPath(result.file).name}
            images.append({**place, "width": width, "height": height, **own})
            for annotation in (*job.carried, *_new(result, ids)):
                identity = {"id": len(annotated) + 1, "image_id": len(images)}
                annotated.append({**annotation, **identity})
    head = {"info": {"description": "Pictures edited by Text Replace"}, "licenses": [], **source.coco}
    document = {**head, "images": images, "annotations": annotated, "categories": categories}
    return (json.dumps(document, ensure_ascii=False) + "\n").encode(errors="backslashreplace")


def _kept(entry: Entry | None) -> Iterator[tuple[Entry, Result]]:
    if entry is not None and entry.status is Status.DONE:
        for result in entry.results:
            if result.file and None not in result.objects:
                yield entry, result


def _new(result: Result, ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for new in result.objects:
        assert new is not None
        yield {
            "category_id": ids[category_key(new.category)],
            "bbox": list(new.box),
            "area": new.area,
            "segmentation": dict(new.segmentation),
            "iscrowd": 0,
        }


def _categories(head: Coco, jobs: list[Job]) -> list[Coco]:
    """The input's, then those of the new objects that are not among them, as they come first in the input: what was not
    yet painted changes no id.
    """
    categories: list[Coco] = list(head.get("categories", ()))
    there = {category_key(category["name"]) for category in categories}
    painted = (name for job in jobs if not job.wanted.painting.remove for name in job.categories)
    following = max((category["id"] for category in categories), default=0) + 1
    new: dict[str, str] = {}
    for name in painted:
        if category_key(name) not in there:
            new.setdefault(category_key(name), name)
    return [*categories, *({"id": number, "name": name} for number, name in enumerate(new.values(), following))]
