"""A folder of pictures, of all of which the same is asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from text_replace_engine.batch.job import Broken, Coco, Job
from text_replace_engine.batch.sources.asked import Asked, categories_of, wanted_of
from text_replace_engine.batch.sources.ids import Ids
from text_replace_wire.errors import UserError

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif")
#: Of other files, so many are told.
_ENDINGS = 5


class Folder:
    """See `job.Source`. Folders inside are left out, and hidden files."""

    coco: Coco = {}

    def __init__(self, path: Path, asked: Asked) -> None:
        self._path, self._asked = path, asked

    @cached_property
    def jobs(self) -> Sequence[Job | Broken]:
        """See `job.Source`. Raises UserError also for what can be asked of no picture."""
        pictures = [path for path in self._files if path.suffix.lower() in _PICTURES]
        if not pictures:
            raise UserError(
                f"There is no picture in the folder “{self._path}” itself: name one with {', '.join(_PICTURES)}."
            )
        ids = Ids()
        return [self._job(path, ids.made(path.stem, path.name, path.name)) for path in pictures]

    @property
    def notes(self) -> Sequence[str]:
        """See `job.Source`."""
        inside = sum(path.is_dir() for path in self._listed)
        others = [path for path in self._files if path.suffix.lower() not in _PICTURES]
        endings = sorted({path.suffix.lower() for path in others if path.suffix})[:_ENDINGS]
        about = ((inside, "folder", "each can be an INPUT of its own"), (len(others), "other file", ", ".join(endings)))
        return [
            f"Left out: {count} {what}{'s' * (count > 1)} in “{self._path}”{f' ({more})' if more else ''}."
            for count, what, more in about
            if count
        ]

    @cached_property
    def _listed(self) -> Sequence[Path]:
        return sorted(path for path in self._path.iterdir() if not path.name.startswith("."))

    @property
    def _files(self) -> Sequence[Path]:
        return [path for path in self._listed if not path.is_dir()]

    def _job(self, path: Path, identifier: str) -> Job:
        wanted = wanted_of(self._asked, {}, path, identifier)
        return Job(identifier, wanted, categories_of(self._asked, {}, wanted))
