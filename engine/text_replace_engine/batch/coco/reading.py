"""A COCO file, checked as far as its parts belong together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_replace_engine.batch.job import Coco, category_key
from text_replace_wire.errors import UserError

_IMAGES, _ANNOTATIONS, _CATEGORIES = "images", "annotations", "categories"
#: What every entry must have, and be.
_NEEDED: Mapping[str, Mapping[str, type]] = {
    _IMAGES: {"id": int},
    _ANNOTATIONS: {"image_id": int, "category_id": int},
    _CATEGORIES: {"id": int, "name": str},
}
_KINDS = {int: "whole number", str: "text"}


@dataclass(frozen=True)
class Annotated:
    """An image and its annotations, as the file has them and in its order."""

    image: Coco
    annotations: tuple[Coco, ...]


@dataclass(frozen=True)
class Dataset:
    """head: all of the file but images and annotations. stray: how many annotations are of no image in it."""

    head: Coco
    images: tuple[Annotated, ...]
    stray: int

    def categories(self, name: str) -> frozenset[int]:
        """The ids of all that are called so, in capitals or not; empty where none is."""
        wanted = category_key(name)
        return frozenset(each["id"] for each in self.head[_CATEGORIES] if category_key(each["name"]) == wanted)


def read_dataset(path: Path) -> Dataset:
    """Raises UserError, which says where in the file, and OSError."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f"“{path.name}” is no JSON ({error}): write it again.") from error
    if not isinstance(document, dict):
        raise UserError(f"“{path.name}” is no COCO file: it must be an object with images, annotations and categories.")
    images, annotations, categories = (
        _entries(path.name, document, name) for name in (_IMAGES, _ANNOTATIONS, _CATEGORIES)
    )
    _check_unique(path.name, _IMAGES, images)
    _check_unique(path.name, _CATEGORIES, categories)
    own: dict[int, list[Coco]] = {image["id"]: [] for image in images}
    stray = 0
    for annotation in annotations:
        if annotation["image_id"] in own:
            own[annotation["image_id"]].append(annotation)
        else:
            stray += 1
    head = {key: value for key, value in document.items() if key not in (_IMAGES, _ANNOTATIONS)}
    return Dataset(head, tuple(Annotated(image, tuple(own[image["id"]])) for image in images), stray)


def _entries(file: str, document: Mapping[str, Any], name: str) -> Sequence[Coco]:
    entries = document.get(name)
    if not isinstance(entries, list):
        raise UserError(f"“{file}” has no list “{name}”: a COCO file has images, annotations and categories.")
    for number, entry in enumerate(entries):
        place = f"“{file}”, {name}[{number}]"
        if not isinstance(entry, dict):
            raise UserError(f"{place} is no object: write it in braces.")
        for key, kind in _NEEDED[name].items():
            if type(entry.get(key)) is not kind:
                raise UserError(f"{place} has no “{key}” that is a {_KINDS[kind]}: every entry needs one.")
    return entries


def _check_unique(file: str, name: str, entries: Sequence[Coco]) -> None:
    first: dict[int, int] = {}
    for number, entry in enumerate(entries):
        other = first.setdefault(entry["id"], number)
        if other != number:
            raise UserError(f"“{file}”, {name}[{number}] has the id {entry['id']} of {name}[{other}]: give it another.")
