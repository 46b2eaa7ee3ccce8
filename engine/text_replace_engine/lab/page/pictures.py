"""The pictures of a page: each thumbnail once, however many cases show it, and where the full one lies."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_from_bytes

from text_replace_engine.lab.page import thumbnails
from text_replace_engine.lab.page.thumbnails import Thumbnail
from text_replace_wire.errors import UserError


@dataclass(frozen=True)
class Picture:
    """number: of `Pictures.uris`; None where the file could not be read, and `problem` says why. width, height: of the
    thumbnail. link: the full picture's relative address, None where it lies elsewhere.
    """

    number: int | None
    width: int = 0
    height: int = 0
    link: str | None = None
    problem: str = ""


class Pictures:
    """Filled by those that are asked for."""

    def __init__(self, folder: Path) -> None:
        """folder: of the page."""
        self._folder = folder.resolve()
        self._known: dict[Path, Picture] = {}
        self.uris: list[str] = []

    def photo(self, path: Path) -> Picture:
        return self._picture(path, thumbnails.photo)

    def mask(self, path: Path) -> Picture:
        return self._picture(path, thumbnails.mask)

    def _picture(self, path: Path, made: Callable[[Path], Thumbnail]) -> Picture:
        place = path.resolve()
        if place not in self._known:
            self._known[place] = self._added(place, made)
        return self._known[place]

    def _added(self, place: Path, made: Callable[[Path], Thumbnail]) -> Picture:
        try:
            thumbnail = made(place)
        except UserError as error:
            return Picture(None, problem=str(error))
        self.uris.append(thumbnail.uri)
        link = None
        if place.is_relative_to(self._folder):
            link = quote_from_bytes(os.fsencode(place.relative_to(self._folder)))
        return Picture(len(self.uris) - 1, thumbnail.width, thumbnail.height, link)
