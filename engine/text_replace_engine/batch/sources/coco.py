"""A COCO file: all objects of one category are replaced, where its annotations say that they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from text_replace_engine.batch.coco.reading import Annotated, Dataset, read_dataset
from text_replace_engine.batch.job import Broken, Coco, Job
from text_replace_engine.batch.sources.asked import Asked, categories_of, wanted_of
from text_replace_engine.batch.sources.ids import Ids
from text_replace_wire.errors import UserError
from text_replace_wire.pairs import Pair
from text_replace_wire.prompts import shown

#: So many categories are named to who asked for one that there is not.
_MOST_NAMED = 20


class CocoFile:
    """See `job.Source`. An image is a job where the category is annotated in it, be it in one piece or by its box."""

    def __init__(self, path: Path, asked: Asked) -> None:
        self._path, self._asked = path, asked
        self._name = path.name
        self._ids = Ids()

    @property
    def coco(self) -> Coco:
        """See `job.Source`."""
        return self._dataset.head

    @cached_property
    def jobs(self) -> Sequence[Job | Broken]:
        """See `job.Source`."""
        if not self._annotated:
            raise UserError(f"“{self._name}” has no image with “{shown(self._pair.replace)}”: name another category.")
        return [self._job_or_broken(each) for each in self._annotated]

    @property
    def notes(self) -> Sequence[str]:
        """See `job.Source`."""
        without, stray = len(self._dataset.images) - len(self._annotated), self._dataset.stray
        return [
            f"Left out: {count} {what}{'s' * (count > 1)} {why} in “{self._name}”."
            for count, what, why in (
                (without, "image", f"without a single “{shown(self._pair.replace)}”"),
                (stray, "annotation", "of an image that is not"),
            )
            if count
        ]

    @cached_property
    def _dataset(self) -> Dataset:
        return read_dataset(self._path)

    @cached_property
    def _pair(self) -> Pair:
        """Raises UserError for what can be asked of no picture."""
        typed = wanted_of(self._asked, {}, self._path, self._name).typed
        if len(typed) > 1:
            raise UserError(f"“{self._name}” says how many objects there are: name one category with --replace.")
        return typed[0]

    @cached_property
    def _categories(self) -> frozenset[int]:
        name = self._pair.replace
        found = self._dataset.categories(name)
        if not found:
            names = [each["name"] for each in self._dataset.head["categories"]]
            more = ", …" * (len(names) > _MOST_NAMED)
            there = f"name one of {', '.join(names[:_MOST_NAMED])}{more}" if names else "it has none"
            raise UserError(f"“{self._name}” has no category “{shown(name)}”: {there}.")
        return found

    @cached_property
    def _annotated(self) -> Sequence[Annotated]:
        return [each for each in self._dataset.images if any(map(self._is_meant, each.annotations))]

    def _is_meant(self, annotation: Coco) -> bool:
        """A crowd is no object, and stays."""
        return annotation["category_id"] in self._categories and not annotation.get("iscrowd")

    def _job_or_broken(self, annotated: Annotated) -> Job | Broken:
        number = annotated.image["id"]
        place = f"“{self._name}”, image {number}"
        try:
            return self._job(annotated, place)
        except UserError as error:
            return Broken(f"{self._name}:{number}", f"{place}: {error}")

    def _job(self, annotated: Annotated, place: str) -> Job:
        image = annotated.image
        name = image.get("file_name")
        if not isinstance(name, str) or not name:
            raise UserError("it has no “file_name”: name its picture.")
        if any(type(image.get(side)) is not int or image[side] < 1 for side in ("width", "height")):
            raise UserError("it has no “width” and “height”, in whole pixels: its annotations need them.")
        picture = self._picture(name)
        known = tuple(filter(self._is_meant, annotated.annotations))
        own = {"replace": [self._pair.replace] * len(known)}
        if self._pair.with_:
            own["with"] = [self._pair.with_] * len(known)
        identifier = self._ids.made(picture.stem, name, place)
        wanted = wanted_of(self._asked, own, picture, identifier)
        carried = tuple(each for each in annotated.annotations if not self._is_meant(each))
        return Job(identifier, wanted, categories_of(self._asked, own, wanted), known, carried, image, place)

    def _picture(self, name: str) -> Path:
        """Beside the file, in the folder “images” there, or where COCO's own files have theirs: those of
        annotations/instances_val2017.json are in val2017/. Raises UserError where it is in none of them.
        """
        folder, part = self._path.parent, self._path.stem.rpartition("_")[2]
        places = (folder, folder / "images", folder / ".." / part, folder / ".." / "images" / part)
        for place in places:
            try:
                if (place / name).is_file():
                    return place / name
            except OSError as error:
                raise UserError(f"the file “{shown(name)}” cannot be read: {error.strerror or error}.") from error
        raise UserError(
            f"there is no file “{shown(name)}”: put it beside “{self._name}”, or into a folder “images” there."
        )
